import { connect } from "./connect.js";
import { narrate } from "./narrate.js";

const { prisma, engine } = connect(String(process.env["DATABASE_URL"]));
await engine.startWorker();
narrate(`takes runs (process ${process.pid})`);
process.send?.("ready");

// The script is done, or gone.
process.on("disconnect", () => {
  void engine.stop().then(() => prisma.$disconnect());
});
