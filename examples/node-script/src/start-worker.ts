import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { speakAs } from "./narrate.js";

/** A worker in a process of its own. */
export interface WorkerProcess {
  /** Ends it as a power cut would. */
  readonly kill: () => Promise<void>;
  /** Lets it finish what it does. */
  readonly stop: () => Promise<void>;
}

/** Starts a worker process on the database at `url`; resolves once it takes runs. */
export async function startWorker(name: string, url: string): Promise<WorkerProcess> {
  const program = fileURLToPath(new URL("worker.js", import.meta.url));
  const child = fork(program, speakAs(name), { env: { ...process.env, DATABASE_URL: url } });
  const ended = once(child, "exit");
  await Promise.race([once(child, "message"), ended]);
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
