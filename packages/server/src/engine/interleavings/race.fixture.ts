import { isWorkflowError } from "../../core/errors.js";
import { isEnded, publicRunStatus } from "../../core/status.js";
import { gate } from "../laws/bench.fixture.js";
import { WAKE_COMMAND } from "../operations/commands.js";
import { type Actor, actOf, holderPart, type Part, partOf, type Scene } from "./actors.fixture.js";
import { Audit, describe } from "./audit.fixture.js";
import type { Ground } from "./grounds.fixture.js";
import { openProcess, type Process } from "./process.fixture.js";
import { type Act, defineRaced } from "./raced-workflow.fixture.js";

/** Where the run is when the race begins. */
export type RaceState = "executing" | "parked" | "ended";

/**
 * Where the first is stopped while the second goes: before its write reaches the database, after its
 * commit and before its answer, or within its transaction, which holds the run's lock.
 */
export type RacePoint = "before" | "after" | "inside";

export interface Schedule {
  readonly first: Actor;
  readonly second: Actor;
  readonly state: RaceState;
  readonly point: RacePoint;
  /** Whether the run has something to undo. */
  readonly undoable: boolean;
}

/** Plays one schedule; resolves to what must not be. */
export async function race(ground: Ground, schedule: Schedule): Promise<readonly string[]> {
  const audit = new Audit(ground.store);
  const workflow = defineRaced(`raced-${(races += 1)}`, schedule);
  const letAct = gate();
  const started = gate();
  const holderAct = actOfHolder(schedule);
  let calls = 0;
  await using holder = openProcess(ground, {
    n: 0,
    workflows: [workflow],
    audit,
    act: async (signal) => {
      calls += 1;
      if (calls > 1) return "complete";
      started.open();
      await orAborted(letAct.promise, signal);
      return holderAct;
    },
  });
  const open = (n: number, actor: Actor): Process =>
    openProcess(ground, {
      n,
      // A worker that does not have the code only looks at deadlines.
      workflows: actor === "deadline" ? [] : [workflow],
      audit,
      act: async () => actOf(actor) ?? "complete",
    });
  await using one = open(1, schedule.first);
  await using two = open(2, schedule.second);
  await using closer = open(3, "complete");

  await holder.join();
  const { id: runId } = await holder.engine.start(workflow.name, undefined as never);
  await started.promise;
  let payload = 0;
  const scene: Scene = {
    ground,
    audit,
    runId,
    holder,
    others: (process) => [holder, one, two].filter((other) => other !== process),
    letAct: letAct.open,
    nextPayload: () => (payload += 1),
  };
  if (schedule.state !== "executing") {
    letAct.open();
    await holder.whenIdle();
  }
  await audit.look(runId);

  const first = actOf(schedule.first);
  const second = first === null ? actOf(schedule.second) : null;
  const parts = [
    first === null ? partOf(schedule.first, one, scene) : holderPart(first, scene),
    second === null ? partOf(schedule.second, two, scene) : holderPart(second, scene),
  ] as const;
  await play(schedule.point, parts, scene);

  letAct.open();
  for (const process of [holder, one, two]) await process.whenIdle();
  await end(closer, scene);
  return audit.findings;
}

let races = 0;

async function play(
  point: RacePoint,
  [first, second]: readonly [Part, Part],
  scene: Scene,
): Promise<void> {
  const { audit, runId } = scene;
  const pause =
    point === "inside"
      ? first.process.client?.pauseAt({ when: "after", text: /./, inTransaction: true })
      : first.process.pausing.pauseAt({ ...first.verb, when: point });
  if (pause === undefined) throw new TypeError("There are no transactions on memory.");
  const firstEnded = attempt(audit, first);
  // One that was refused before it came there is over.
  await Promise.race([pause.reached, firstEnded]);
  if (point !== "inside") await audit.look(runId);
  const secondEnded = attempt(audit, second);
  // Within a transaction the second may wait for the first: it is given a moment to come to that.
  await (point === "inside" ? Promise.race([secondEnded, moment()]) : secondEnded);
  if (point !== "inside") await audit.look(runId);
  pause.go();
  await Promise.all([firstEnded, secondEnded]);
  await audit.look(runId);
}

/** Does a part; what the contract refuses is no fault. */
async function attempt(audit: Audit, part: Part): Promise<void> {
  try {
    await part.act();
  } catch (error) {
    if (isWorkflowError(error) && REFUSALS.has(error.code)) return;
    audit.find(`threw ${error instanceof Error ? error.stack : String(error)}`);
  }
}

const REFUSALS: ReadonlySet<string> = new Set([
  "RUN_ENDED",
  "RUN_NOT_ENDED",
  "STEP_ENDED",
  "UNKNOWN_STEP",
]);

/** Whatever came of the race, the run goes on to an end, and stays there. */
async function end(closer: Process, scene: Scene): Promise<void> {
  const { audit, runId, holder } = scene;
  const { engine } = closer;
  for (let round = 0; round < 6; round += 1) {
    await holder.whenIdle();
    await engine.work({ until: "idle" });
    const run = await audit.look(runId);
    if (isEnded(run.status)) break;
    if (run.workerId !== null) audit.find(`nobody executes it, but it is leased: ${describe(run)}`);
    if (publicRunStatus(run) === "paused") await engine.resume(runId);
    else if (run.status !== "waiting") audit.find(`it does not go on: ${describe(run)}`);
    else {
      const { steps } = await engine.get(runId);
      const open = steps.filter((step) => step.status === "waiting").map((step) => step.key);
      // What follows would make good for a wake that was lost.
      for (const missed of await missedBy(scene, open)) audit.find(`it sleeps over ${missed}`);
      if (open.includes("nap")) await engine.wake(runId, { step: "nap" });
      if (open.includes("go")) {
        const payload = scene.nextPayload();
        await engine.sendEvent(runId, "go", payload);
        audit.accepted(runId, payload);
      }
    }
  }
  await audit.conclude(runId);
  await engine.work({ until: "idle" });
  await audit.look(runId);
}

/** Pending events and commands that a parked run should have been woken for. */
async function missedBy(
  { ground, runId }: Scene,
  open: readonly string[],
): Promise<readonly string[]> {
  const inbox = await ground.store.loadInbox(runId);
  return (inbox?.events ?? []).flatMap(({ name }) =>
    (name === "go" && open.includes("go")) || (name === WAKE_COMMAND && open.includes("nap"))
      ? [name]
      : [],
  );
}

function actOfHolder({ first, second, state }: Schedule): Act {
  if (state === "ended") return "fail";
  return actOf(first) ?? actOf(second) ?? "park";
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    void promise.then(resolve);
  });
}

function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
