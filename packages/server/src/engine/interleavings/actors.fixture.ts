import type { PausePoint } from "../../testing/pausing-store.js";
import type { RunRecord, RunTransition } from "../../store/store.js";
import type { Audit } from "./audit.fixture.js";
import type { Ground } from "./grounds.fixture.js";
import type { Process } from "./process.fixture.js";
import type { Act } from "./raced-workflow.fixture.js";

/** What races. */
export const ACTORS = [
  "cancel",
  "complete",
  "fail",
  "park",
  "wake",
  "event",
  "deadline",
  "retry",
  "pause",
  "takeover",
] as const;
export type Actor = (typeof ACTORS)[number];

/** The run that is raced for. */
export interface Scene {
  readonly ground: Ground;
  readonly audit: Audit;
  readonly runId: string;
  /** Who holds the run when the race begins. */
  readonly holder: Process;
  /** All processes but one. */
  readonly others: (process: Process) => readonly Process[];
  /** Lets the racing step of the holder end. */
  readonly letAct: () => void;
  /** A number that no event had. */
  readonly nextPayload: () => number;
}

/** What an actor does, in which process, and where it can be stopped. */
export interface Part {
  readonly process: Process;
  readonly verb: Pick<PausePoint, "verb" | "matches">;
  /** Resolves when it went through. */
  readonly act: () => Promise<unknown>;
}

/** Which acts of an execution an actor is. */
export function actOf(actor: Actor): Act | null {
  return actor === "complete" || actor === "fail" || actor === "park" ? actor : null;
}

/** The part of an actor that is not the holder's. */
export function partOf(actor: Actor, process: Process, scene: Scene): Part {
  const { runId, ground, audit } = scene;
  const change = { verb: "change", matches: isOf(runId) } as const;
  const { engine } = process;
  switch (actor) {
    case "cancel":
      return { process, verb: change, act: () => engine.cancel(runId) };
    case "pause":
      return { process, verb: change, act: () => engine.pause(runId) };
    case "wake":
      return { process, verb: change, act: () => engine.wake(runId, { step: "nap" }) };
    case "retry":
      return { process, verb: change, act: () => engine.retry(runId) };
    case "event":
      return {
        process,
        verb: { verb: "sendEvent" },
        act: async () => {
          const payload = scene.nextPayload();
          await engine.sendEvent(runId, "go", payload);
          audit.accepted(runId, payload);
        },
      };
    case "deadline":
      return {
        process,
        verb: change,
        act: async () => {
          await ground.expire(runId);
          await engine.work({ until: "idle" });
        },
      };
    // What only an execution does is done by one that takes over.
    default:
      return {
        process,
        verb: { verb: "sweep" },
        act: async () => {
          await ground.lapse(runId);
          for (const other of scene.others(process)) other.isStalled = true;
          await process.joinAndExecute();
        },
      };
  }
}

/** What the holder does when its racing step ends. */
export function holderPart(act: Act, { holder, runId, letAct }: Scene): Part {
  const kinds: readonly RunTransition["kind"][] = act === "park" ? ["park"] : ["end", "undo"];
  const isMeant = ({ runId: id, transition }: RunRecord): boolean =>
    id === runId && transition !== null && kinds.includes(transition.kind);
  return {
    process: holder,
    verb: { verb: "record", matches: ([records]) => (records as RunRecord[]).some(isMeant) },
    act: async () => {
      letAct();
      await holder.whenIdle();
    },
  };
}

function isOf(runId: string) {
  return ([id]: readonly unknown[]): boolean => id === runId;
}
