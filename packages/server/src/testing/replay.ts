import { definitionOf, type WorkflowDefinition } from "../core/definition.js";
import { InvalidArgumentError } from "../core/errors.js";
import { createCodec } from "../core/values/codec.js";
import { LazyAbort } from "../engine/attempt.js";
import { parseExport, type ParsedExport } from "../engine/reading/parse-export.js";
import { Replay as RunReplay } from "../engine/replay.js";
import { guardStrayRejections } from "../engine/stray-rejections.js";
import type { Replay } from "./testing-types.js";

/**
 * Checks code against a run of the past: calls its handler with what is recorded, up to the last
 * record. Nothing is started. For CI, before a deploy.
 *
 * @throws an Error named `ReplayMismatchError` where a worker with this code would block the run.
 * @throws InvalidArgumentError for anything but an exported run of this workflow.
 *
 * @example
 * ```ts
 * await replay(checkout, JSON.parse(await readFile("runs/before-the-rename.json", "utf8")));
 * ```
 */
export const replay: Replay = async (workflow, exported, ...[options]) => {
  const definition = definitionOf(workflow);
  const past = parseExport(exported);
  if (past.run.workflow !== definition.name) {
    throw new InvalidArgumentError(
      `This is a run of workflow "${past.run.workflow}", not of "${definition.name}".`,
      { runId: past.run.id },
    );
  }
  const context: unknown = options === undefined ? undefined : Reflect.get(options, "context");
  const ctx: unknown = typeof context === "function" ? await context() : undefined;
  const release = guardStrayRejections();
  try {
    const mismatch = await findMismatch(definition, past, ctx);
    if (mismatch !== null) throw new ReplayMismatchError(mismatch);
  } finally {
    release();
  }
};

/** Of the test kit only: a worker blocks the run instead. */
class ReplayMismatchError extends Error {
  override readonly name = "ReplayMismatchError";
}

async function findMismatch(
  definition: WorkflowDefinition,
  { run, steps }: ParsedExport,
  ctx: unknown,
): Promise<string | null> {
  const abort = new LazyAbort();
  const past = new RunReplay({
    definition,
    newest: definition,
    run,
    rows: steps,
    ctx,
    codec: createCodec({}),
    maxHistory: Infinity,
    abort,
    now: Date.now,
    onLate: () => {},
  });
  let isGivenUp = false;
  const timer = setTimeout(() => {
    isGivenUp = true;
    past.poke();
  }, GIVE_UP_AFTER_MS);
  try {
    await past.begin();
    const { journal } = past;
    const mismatch =
      (await past.catchUp(() => isGivenUp)) ??
      (await past.findMismatch(() => isGivenUp || !journal.hasUnasked));
    if (mismatch !== null) return mismatch.message;
    return isGivenUp ? `${journal.describeUnasked("asks").message} (${GIVEN_UP})` : null;
  } finally {
    clearTimeout(timer);
    past.close();
    abort.abort(new Error(`The replay of run ${run.id} is over.`));
  }
}

/** Code that awaits I/O of its own may take this long until it asks for what is recorded. */
const GIVE_UP_AFTER_MS = 10_000;

const GIVEN_UP = `it asked for nothing more within ${GIVE_UP_AFTER_MS / 1_000} s`;
