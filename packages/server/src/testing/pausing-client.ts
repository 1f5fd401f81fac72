import type { PrismaLike, PrismaRaw } from "../core/prisma-like.js";
import { type Pause, PauseList } from "./pausing-store.js";

/** Between which statements a verb stops: the first statement that matches, once. */
export interface StatementPoint {
  readonly when: "before" | "after";
  /** Which statement, by its text. */
  readonly text: RegExp;
  /** Only within an interactive transaction. @default false */
  readonly inTransaction?: boolean | undefined;
}

export interface PausingClient {
  readonly prisma: PrismaLike;
  readonly pauseAt: (point: StatementPoint) => Pause;
  /** How many statements were sent so far. */
  readonly sent: () => number;
}

/** The same Prisma client, whose raw statements stop where a test says, those of transactions too. */
export function createPausingClient(inner: PrismaLike): PausingClient {
  const pauses = new PauseList<StatementPoint>();
  let sent = 0;

  const stopAt = (when: StatementPoint["when"], text: string, inTransaction: boolean) =>
    pauses.stop(
      (point) =>
        point.when === when &&
        point.text.test(text) &&
        (point.inTransaction !== true || inTransaction),
    );

  const watch = <T extends PrismaRaw>(on: T, inTransaction: boolean): T =>
    new Proxy(on, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        if (name === "$queryRawUnsafe" || name === "$executeRawUnsafe") {
          return async (text: string, ...values: unknown[]) => {
            await stopAt("before", text, inTransaction);
            sent += 1;
            const answer: unknown = await Reflect.apply(member, target, [text, ...values]);
            await stopAt("after", text, inTransaction);
            return answer;
          };
        }
        if (name === "$transaction") {
          return (body: (tx: PrismaRaw) => unknown, ...options: unknown[]): unknown =>
            Reflect.apply(member, target, [(tx: PrismaRaw) => body(watch(tx, true)), ...options]);
        }
        return member;
      },
    });

  return {
    prisma: watch(inner, false),
    pauseAt: (point) => pauses.add(point),
    sent: () => sent,
  };
}
