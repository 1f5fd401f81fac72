import type { Codec } from "../core/values/codec.js";
import type { RunState } from "../store/store.js";
import type { EngineClock } from "./clock.js";
import type { Definitions } from "./definitions.js";
import type {
  CancelOptions,
  OperatorOptions,
  RetryRunOptions,
  WakeOptions,
} from "./operation-types.js";
import { cancelRun } from "./operations/cancel.js";
import type { OperationChange } from "./operations/operation.js";
import { pauseRun } from "./operations/pause.js";
import { resumeRun } from "./operations/resume.js";
import { retryRun } from "./operations/retry.js";
import { skipStep } from "./operations/skip-step.js";
import { wakeRun } from "./operations/wake.js";
import { uuidv7 } from "./start-run.js";

export interface OperatorDeps {
  readonly codec: Codec;
  readonly clock: EngineClock;
  readonly definitions: Definitions;
  /** Carries a decision out on the locked run. */
  readonly operate: (runId: string, decide: (state: RunState) => OperationChange) => Promise<void>;
}

/** What operators can do to a run, as methods of the engine. */
export function createOperators({ codec, clock, definitions, operate }: OperatorDeps) {
  const by = (operator: OperatorOptions = {}) => ({
    codec,
    actor: operator.actor,
    reason: operator.reason,
  });
  const eventId = (): string => uuidv7(clock.now());

  /** The timeout that counts anew: that of the run's code, or as long as it was where that is not here. */
  function timeoutOf({ run }: RunState): number | null {
    const definition = definitions.get(run.workflow, run.version) ?? definitions.last(run.workflow);
    if (definition !== undefined) return definition.timeoutMs;
    return run.deadlineAt === null ? null : run.deadlineAt - run.startAt;
  }

  return {
    cancel: (runId: string, options: CancelOptions = {}) =>
      operate(runId, (state) =>
        cancelRun(state, { ...by(options), compensate: options.compensate }),
      ),
    retry: (runId: string, options: RetryRunOptions = {}) =>
      operate(runId, (state) =>
        retryRun(state, { ...by(options), from: options.from, timeoutMs: timeoutOf(state) }),
      ),
    pause: (runId: string, options?: OperatorOptions) =>
      operate(runId, (state) => pauseRun(state, by(options))),
    resume: (runId: string, options?: OperatorOptions) =>
      operate(runId, (state) => resumeRun(state, by(options))),
    skipStep: (runId: string, step: string, output?: unknown, options?: OperatorOptions) =>
      operate(runId, (state) => {
        const skip = { step, output, eventId: eventId(), timeoutMs: timeoutOf(state) };
        return skipStep(state, { ...by(options), ...skip });
      }),
    wake: (runId: string, options: WakeOptions = {}) =>
      operate(runId, (state) =>
        wakeRun(state, { ...by(options), step: options.step, eventId: eventId() }),
      ),
  };
}
