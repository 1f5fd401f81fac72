import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@trpc-workflow/server";
import { checkout } from "./checkout.js";
import { connect } from "./connect.js";
import { follow } from "./follow.js";
import { narrate } from "./narrate.js";
import { startWorker, type WorkerProcess } from "./start-worker.js";

const folder = await mkdtemp(join(tmpdir(), "trpc-workflow-example-"));
const url = `file:${join(folder, "app.db")}`;
const { prisma, engine } = connect(url);
const workers: WorkerProcess[] = [];

try {
  await migrate(prisma);
  narrate("made the tables in a new SQLite file");
  workers.push(await startWorker("worker 1", url));
  await approvedInTime();
  await neverApproved();
} finally {
  await Promise.all(workers.map((worker) => worker.stop()));
  await engine.stop();
  await prisma.$disconnect();
  await rm(folder, { recursive: true, force: true });
}

/** The process that executes it dies in the middle of a step; another one goes on from there. */
async function approvedInTime(): Promise<void> {
  const run = await engine.start(checkout, { orderId: "order-1", amount: 120 });
  narrate("started the checkout of order-1");
  let isKilled = false;
  let isApproved = false;
  await follow(run.watch(), async ({ steps, waitingFor }) => {
    if (!isKilled && steps.some((step) => step.key === "charge" && step.status === "running")) {
      isKilled = true;
      narrate("kill -9 worker 1, in the middle of the charge");
      await workers[0]?.kill();
      workers.push(await startWorker("worker 2", url));
    }
    if (!isApproved && waitingFor?.kind === "event") {
      isApproved = true;
      narrate("ada approves");
      await run.sendEvent("approved", { by: "ada" });
    }
  });
  narrate(`order-1 is done: ${JSON.stringify(await run.result())}`);
}

/** The wait times out: the run fails, and what it did is undone. */
async function neverApproved(): Promise<void> {
  const run = await engine.start(checkout, { orderId: "order-2", amount: 80 });
  narrate("started the checkout of order-2, which nobody approves");
  await follow(run.watch());
}
