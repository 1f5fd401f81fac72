import type { PrismaLike, PrismaRaw } from "../../core/prisma-like.js";

/** A client that kills this process, once armed, between the next commit of steps and its answer. */
export function killAfterCommit(prisma: PrismaLike): {
  readonly prisma: PrismaLike;
  readonly arm: () => void;
} {
  let isArmed = false;
  const die = (isCommitted: boolean): void => {
    if (isArmed && isCommitted) process.kill(process.pid, "SIGKILL");
  };
  const alone = watchSteps(prisma, () => die(true));
  const deadly = new Proxy(alone, {
    get(target, name) {
      if (name !== "$transaction") return Reflect.get(target, name) as unknown;
      return async (body: (tx: PrismaRaw) => Promise<unknown>, options: object) => {
        let hasSteps = false;
        const inside = (tx: PrismaRaw) => body(watchSteps(tx, () => void (hasSteps = true)));
        const result = await prisma.$transaction(inside, options);
        die(hasSteps);
        return result;
      };
    },
  });
  return { prisma: deadly, arm: () => void (isArmed = true) };
}

/** Calls `onSteps` after each statement that writes rows of steps. */
function watchSteps<T extends PrismaRaw>(on: T, onSteps: () => void): T {
  return new Proxy(on, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name !== "$queryRawUnsafe") return member;
      return async (text: string, ...values: unknown[]) => {
        const rows = await target.$queryRawUnsafe(text, ...values);
        if (/INSERT INTO workflow_step\b/.test(text)) onSteps();
        return rows;
      };
    },
  });
}
