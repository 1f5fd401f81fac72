import { z } from "zod";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { HandlerArgs } from "../../core/handler-types.js";
import { fakePrisma, HOUR, openBench } from "./bench.fixture.js";

type Args = HandlerArgs<
  undefined,
  undefined,
  { go: unknown; other: unknown },
  unknown,
  Record<string, unknown>,
  unknown,
  unknown
>;

/** Versions of one workflow's code under one label. */
export function code(run: (args: Args) => Promise<unknown>, removed: readonly string[] = []) {
  return defineWorkflow({
    name: "flow",
    removed,
    events: { go: z.unknown(), other: z.unknown() },
    run: run as never,
  });
}

/** The function of a step that is recorded already. */
export const never = (): never => {
  throw new Error("This must not run.");
};

/** Runs `before` up to its first long wait, then goes on with `after`. */
export async function redeploy(before: ReturnType<typeof code>, after: ReturnType<typeof code>) {
  const bench = await openBench([before], { prisma: fakePrisma() });
  const { id } = await bench.engine.start(before);
  await bench.settled(id);
  await bench.restartWith([after]);
  await bench.advance(HOUR);
  return { bench, id, run: await bench.settled(id) };
}
