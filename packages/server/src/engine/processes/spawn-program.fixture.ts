import { fork } from "node:child_process";
import { once } from "node:events";
import type { ProgramOptions, Reply, Request } from "./program.fixture.js";
import type { Act } from "./script.fixture.js";

/** A worker in a process of its own, called over its IPC channel. */
export interface Program {
  readonly pid: number;
  /** Starts a run in that process, which claims it with the insert. */
  readonly start: (
    workflow: "script" | "hasty",
    acts: readonly Act[],
    options?: { readonly idempotencyKey?: string; readonly priority?: number },
  ) => Promise<{ readonly id: string; readonly created: boolean }>;
  readonly cancel: (runId: string) => Promise<void>;
  /** Stops its engine, drained. */
  readonly stop: () => Promise<void>;
  /** The bytes of its heap that are in use, after a collection. */
  readonly heap: () => Promise<number>;
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** SIGKILL; resolves once it is gone. */
  readonly kill: () => Promise<void>;
  /** Resolves once it is gone. */
  readonly gone: Promise<void>;
}

/** Starts the program; resolves once its worker takes runs. */
export async function spawnProgram(
  file: string,
  options: ProgramOptions,
  nodeFlags: readonly string[],
): Promise<Program> {
  const child = fork(file, [JSON.stringify(options)], { execArgv: [...nodeFlags] });
  const { pid } = child;
  if (pid === undefined) throw new Error("The process did not start.");
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const waiting = new Map<number, (reply: Reply) => void>();
  child.on("message", (reply: Reply | "ready") => {
    if (reply !== "ready") waiting.get(reply.id)?.(reply);
  });
  // A process that dies at once is not waited for.
  await Promise.race([once(child, "message"), gone]);

  const call = async (method: Request["method"], ...args: readonly unknown[]): Promise<unknown> => {
    const id = waiting.size;
    const reply = await new Promise<Reply>((resolve, reject) => {
      waiting.set(id, resolve);
      void gone.then(() => reject(new Error(`${options.name} died before it answered.`)));
      child.send({ id, method, args } satisfies Request);
    });
    if ("error" in reply) throw new Error(reply.error);
    return reply.value;
  };

  return {
    pid,
    start: (...args) => call("start", ...args) as ReturnType<Program["start"]>,
    cancel: (runId) => call("cancel", runId) as Promise<void>,
    stop: () => call("stop") as Promise<void>,
    heap: () => call("heap") as Promise<number>,
    freeze: () => void process.kill(pid, "SIGSTOP"),
    thaw: () => void process.kill(pid, "SIGCONT"),
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
    gone,
  };
}
