import type { RunRow, StepRow } from "../../core/rows.js";
import { createRandom, type Program, randomProgram } from "./random-program.fixture.js";
import { type Cut, World, type WorldOptions } from "./world.fixture.js";

/** What a trial tells of one program. */
export interface Trial {
  readonly executions: number;
  /** What went wrong, each with how to see it again. */
  readonly problems: readonly string[];
}

export interface CutOptions extends Pick<WorldOptions, "openStage" | "timeScale"> {
  /** Whether to cut at that write. @default at all */
  readonly isTried?: ((write: number) => boolean) | undefined;
}

/** The program of a seed, and the schedule that it is first run under. */
export function drawProgram(seed: number): {
  readonly program: Program;
  readonly schedule: number;
} {
  const random = createRandom(seed * 9_973);
  const names = random() < 0.5 ? "unique" : "repeated";
  const program = randomProgram(random, { names, undo: random() < 0.4 });
  return { program, schedule: seed * 7 + 1 };
}

/**
 * Runs a random program once straight, then twice for each of its commits: killed there, and disturbed
 * there in another way. What follows a cut is another schedule.
 */
export async function cutEverywhere(
  seed: number,
  { isTried = () => true, ...stage }: CutOptions = {},
): Promise<Trial> {
  const { program, schedule } = drawProgram(seed);
  const problems: string[] = [];
  let executions = 0;
  const execute = async (cuts: readonly Cut[]): Promise<number> => {
    executions += 1;
    const runId = `program-${seed}-${executions}`;
    await using world = new World({ runId, ...stage, program, schedule, cuts });
    await world.run();
    await world.check();
    const at = cuts.map(({ how, write }) => `${how} ${write}`).join(", ") || "nowhere";
    problems.push(...world.problems.map((problem) => `seed ${seed}, cut ${at}: ${problem}`));
    return world.writes;
  };
  const random = createRandom(seed + 1);
  const writes = await execute([]);
  for (let write = 1; write <= writes; write += 1) {
    if (!isTried(write)) continue;
    await execute([{ write, how: "kill after" }]);
    const how = HOWS[Math.floor(random() * HOWS.length)] ?? "pause";
    const second = write + 1 + Math.floor(random() * 4);
    const isTwice = random() < 0.3;
    await execute([
      { write, how },
      ...(isTwice ? [{ write: second, how: "kill after" } as const] : []),
    ]);
  }
  return { executions, problems };
}

const HOWS = ["kill before", "pause", "drain", "cancel"] as const;

/** Of a program that does not complete: retries it once as it is, and from each of its recorded steps. */
export async function retryEverywhere(seed: number): Promise<Trial> {
  const problems: string[] = [];
  for (let executions = 0; ; executions += 1) {
    await using world = new World(drawProgram(seed));
    const run = await world.run();
    const { steps } = await world.read();
    const recorded = [undefined, ...steps.filter((step) => step.seq !== null)];
    if (run.status === "completed" || executions === recorded.length) {
      return { executions, problems };
    }
    const from = recorded[executions];
    await world.retry(from?.key);
    const kept = new Set((await world.read()).steps.map((step) => step.key));
    const lost = findBlameless(run, steps, from).filter((key) => !kept.has(key));
    await world.drive();
    await world.check();
    const all = [...lost.map((key) => `${key} was thrown away`), ...world.problems];
    const at = from?.key ?? "where it failed";
    problems.push(...all.map((problem) => `seed ${seed}, retry from ${at}: ${problem}`));
  }
}

/** What has an outcome, and was asked for before anything that a retry has to forget came to its own. */
function findBlameless(
  { failedSteps }: RunRow,
  steps: readonly StepRow[],
  from: StepRow | undefined,
): readonly string[] {
  const isForgotten = (step: StepRow): boolean =>
    step === from ||
    step.undoStatus !== null ||
    failedSteps.includes(step.key) ||
    (step.kind === "child" && step.seq === null);
  const first = Math.min(...steps.filter(isForgotten).map((step) => step.seq ?? Infinity));
  return steps
    .filter((step) => step.seq !== null && !isForgotten(step) && step.askedAfter < first)
    .map((step) => step.key);
}
