import { z } from "zod";
import { createWorkflowEngine, defineWorkflow, type PrismaLike } from "./api.js";
import { assertType } from "./assert-type.js";

declare const prisma: PrismaLike;

// A handler that invokes its own workflow, or uses the engine that lists it, needs its return type
// written; nothing in an API can spare it, and an `output` schema does not.
// @ts-expect-error implicitly `any`
export const circular = defineWorkflow({
  name: "circular",
  input: z.object({ depth: z.number() }),
  // @ts-expect-error implicitly `any`
  async run({ input, invoke }) {
    return input.depth > 0 ? await invoke("again", circular, { depth: input.depth - 1 }) : 0;
  },
});

export const recursive = defineWorkflow({
  name: "recursive",
  input: z.object({ depth: z.number() }),
  async run({ input, invoke }): Promise<number> {
    if (input.depth === 0) return 0;
    const below = await invoke("again", recursive, { depth: input.depth - 1 });
    assertType<typeof below, number>();
    return below + 1;
  },
});

export const usesEngine = defineWorkflow({
  name: "uses-engine",
  input: z.object({ count: z.number() }),
  async run({ step }): Promise<string> {
    const started = await step("start", async () => {
      const { id } = await engine.start("uses-engine", { count: 1 });
      return id;
    });
    return started;
  },
});
const engine = createWorkflowEngine({ prisma, workflows: [usesEngine] });
