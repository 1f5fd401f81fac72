import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { PostgresClient } from "@trpc-workflow/test-databases";
import { z } from "zod";
import { initWorkflow } from "../../core/define-workflow.js";
import { NonRetryableError } from "../../core/errors.js";

/** What the steps of a script do to the world; each process has its own, on one folder. */
export interface World {
  /** The name of this process. */
  readonly name: string;
  /** Notes an effect, for good, before it returns. */
  readonly note: (runId: string, what: string) => void;
  readonly isOpen: (gate: string) => boolean;
  /** The process kills itself once the outcome of this step is committed, before it learns of it. */
  readonly dieAfterCommit: () => void;
}

/** One thing that the handler does. */
export type Act = z.infer<typeof act>;

const act = z.union([
  z.object({
    step: z.string(),
    /** Where it waits for the gate of that name to open: in these processes, or in all. */
    gate: z.string().optional(),
    gateIn: z.array(z.string()).optional(),
    /** Keeps the event loop of the process from turning. */
    blockMs: z.number().optional(),
    diesIn: z.array(z.string()).optional(),
    diesAfterCommitIn: z.array(z.string()).optional(),
    undo: z
      .object({ gate: z.string().optional(), gateIn: z.array(z.string()).optional() })
      .optional(),
  }),
  /** Inserts an account of that name for the run. */
  z.object({
    transaction: z.string(),
    gate: z.string().optional(),
    gateIn: z.array(z.string()).optional(),
    diesAfterCommitIn: z.array(z.string()).optional(),
  }),
  z.object({ sleep: z.number() }),
  z.object({ wait: z.literal("go") }),
  z.object({ fail: z.string() }),
]);

const { defineWorkflow } = initWorkflow.context<World>().prisma<PostgresClient>().create();

/** Does what its input says, one act after another; the output names the processes whose steps counted. */
export const script = makeScript("script", undefined);

/** The same, with a timeout. */
export const hasty = makeScript("hasty", "1500ms");

function makeScript(name: string, timeout: "1500ms" | undefined) {
  return defineWorkflow({
    name,
    timeout,
    input: z.array(act),
    events: { go: z.object({ by: z.string() }) },
    retry: { attempts: 1 },
    async run({ input, run, ctx, step, transaction, sleep, waitForEvent }) {
      const by: string[] = [];
      for (const each of input) {
        if ("sleep" in each) await sleep("sleep", each.sleep);
        else if ("wait" in each) by.push((await waitForEvent("go"))?.by ?? "nobody");
        else if ("fail" in each) throw new NonRetryableError(each.fail);
        else if ("transaction" in each) {
          const id = `${run.id}:${each.transaction}`;
          by.push(
            await transaction(each.transaction, async (tx) => {
              ctx.note(run.id, `begin ${each.transaction}`);
              await tx.account.create({ data: { id, balance: 1 } });
              await pass(ctx, each);
              if (each.diesAfterCommitIn?.includes(ctx.name) === true) ctx.dieAfterCommit();
              return ctx.name;
            }),
          );
        } else {
          const { undo } = each;
          const compensate = async (): Promise<void> => {
            ctx.note(run.id, `undo ${each.step}`);
            await pass(ctx, undo ?? {});
            ctx.note(run.id, `undone ${each.step}`);
          };
          by.push(
            await step(each.step, ({ signal }) => perform(ctx, run.id, each, signal), {
              compensate: undo === undefined ? undefined : compensate,
            }),
          );
        }
      }
      return by;
    },
  });
}

async function perform(
  ctx: World,
  runId: string,
  {
    step,
    blockMs = 0,
    diesIn = [],
    diesAfterCommitIn = [],
    ...gate
  }: Extract<Act, { step: string }>,
  signal: AbortSignal,
): Promise<string> {
  ctx.note(runId, `begin ${step}`);
  signal.addEventListener("abort", () => ctx.note(runId, `abort ${step}`));
  if (diesIn.includes(ctx.name)) process.kill(process.pid, "SIGKILL");
  const blockedUntil = Date.now() + blockMs;
  while (Date.now() < blockedUntil);
  await pass(ctx, gate);
  if (diesAfterCommitIn.includes(ctx.name)) ctx.dieAfterCommit();
  ctx.note(runId, `end ${step}`);
  return ctx.name;
}

async function pass(
  ctx: World,
  { gate, gateIn = [ctx.name] }: { gate?: string | undefined; gateIn?: string[] | undefined },
): Promise<void> {
  if (gate === undefined || !gateIn.includes(ctx.name)) return;
  while (!ctx.isOpen(gate)) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A world in a folder: a file of effects, and a file for each gate that is open. */
export function openWorld(folder: string, name: string, dieAfterCommit: () => void): World {
  return {
    name,
    note: (runId, what) =>
      appendFileSync(join(folder, "effects"), `${JSON.stringify({ runId, name, what })}\n`),
    isOpen: (gate) => existsSync(join(folder, `gate-${gate}`)),
    dieAfterCommit,
  };
}
