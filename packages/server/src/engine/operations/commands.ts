import type { Codec } from "../../core/values/codec.js";
import { FORMAT } from "../../core/values/tags.js";
import type { RunWrite } from "../../store/store.js";

/** An inbox row by which an operator asks the run's execution for something. */
export type Command = RunWrite["putEvents"][number];

/** Name of the command that ends a sleep or a back-off. No user's event can have it. */
export const WAKE_COMMAND = "#wake";

/** Name of the command that gives a step its outcome. No user's event can have it. */
export const SKIP_COMMAND = "#skip";

export interface SkipCommand {
  /** The step's key. */
  readonly step: string;
  readonly output: unknown;
}

/** Whether an inbox row is a command. */
export function isCommand({ name }: { readonly name: string }): boolean {
  return name === WAKE_COMMAND || name === SKIP_COMMAND;
}

/** The command that ends the sleep or the back-off of the step with this key. */
export function wakeCommand(id: string, step: string, codec: Codec): Command {
  return command(id, WAKE_COMMAND, codec.encode(step, "step"));
}

/**
 * The command that gives a step this output.
 *
 * @throws {NotSerializableError} with the path of what cannot be stored.
 * @throws {PayloadTooLargeError} above the limit.
 */
export function skipCommand(id: string, { step, output }: SkipCommand, codec: Codec): Command {
  return command(id, SKIP_COMMAND, codec.encode({ step, output }, "skipStep"));
}

/** The key of the step that a wake command is about. @throws {SyntaxError} for any other payload. */
export function readWakeCommand(payload: string, codec: Codec): string {
  const step = codec.decode(payload);
  if (typeof step !== "string") throw unreadable(WAKE_COMMAND);
  return step;
}

/** @throws {SyntaxError} where the payload is not that of a skip command. */
export function readSkipCommand(payload: string, codec: Codec): SkipCommand {
  const skip = codec.decode(payload);
  if (typeof skip !== "object" || skip === null) throw unreadable(SKIP_COMMAND);
  if (!("step" in skip && "output" in skip) || typeof skip.step !== "string") {
    throw unreadable(SKIP_COMMAND);
  }
  return { step: skip.step, output: skip.output };
}

function command(id: string, name: string, payload: string): Command {
  return { id, name, format: FORMAT, payload, dedupeKey: null };
}

function unreadable(name: string): SyntaxError {
  return new SyntaxError(`The payload of a ${name} command cannot be read.`);
}
