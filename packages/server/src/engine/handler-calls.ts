import type { Codec } from "../core/values/codec.js";
import { FORMAT } from "../core/values/tags.js";
import type { WorkflowDefinition } from "../core/definition.js";
import { InputValidationError, InvalidArgumentError } from "../core/errors.js";
import type { Logger, LogLevel } from "../core/logger.js";
import { assertStepName } from "../core/names.js";
import { parseNow } from "../core/schema.js";
import type { NewLog, NewStreamPart } from "../store/store.js";
import type { Draft } from "./draft.js";

/** A call of progress, emit or log, encoded. */
export type Call =
  | { readonly kind: "log"; readonly log: NewLog }
  | { readonly kind: "part"; readonly part: NewStreamPart }
  | { readonly kind: "progress"; readonly progress: string };

/** The three that return nothing, as the handler and the functions of its steps have them. */
export interface Publisher {
  readonly log: Logger;
  readonly emit: (stream: string, value: unknown) => void;
  readonly progress: (value: unknown) => void;
}

export interface PublisherOptions {
  readonly definition: WorkflowDefinition;
  readonly runId: string;
  readonly codec: Codec;
  readonly now: () => number;
  /** The step and attempt that calls; `null` for the handler. */
  readonly origin: { readonly step: string; readonly attempt: number } | null;
  /** Asked before a value is encoded: calls that are stored already are passed over. */
  readonly accepts: () => boolean;
  readonly store: (call: Call) => void;
}

/** Makes log, emit and progress: values are parsed and encoded at the call, so that it throws there. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { definition, runId, codec, now, origin, accepts, store } = options;
  const step = origin?.step ?? null;
  const attempt = origin?.attempt ?? null;
  const streamsBegun = new Set<string>();

  function write(level: LogLevel, message: string, data: unknown): void {
    if (!accepts()) return;
    const text = data === undefined ? null : encodeLogData(codec, data);
    const log = {
      at: now(),
      level,
      message: String(message),
      format: FORMAT,
      data: text,
      step,
      attempt,
    };
    store({ kind: "log", log });
  }

  return {
    log: {
      debug: (message, data) => write("debug", message, data),
      info: (message, data) => write("info", message, data),
      warn: (message, data) => write("warn", message, data),
      error: (message, data) => write("error", message, data),
    },
    emit: (stream, value) => {
      if (!accepts()) return;
      assertStepName(stream, "a stream");
      const schema = definition.streams?.[stream];
      if (definition.streams !== undefined && schema === undefined) {
        throw new InvalidArgumentError(
          `Workflow "${definition.name}" declares no stream "${stream}"; it has ${Object.keys(definition.streams).join(", ") || "none"}.`,
          { runId },
        );
      }
      const parsed =
        schema === undefined ? value : parseNow(schema, value, refuse(`stream "${stream}"`));
      const text = codec.encode(parsed, `stream.${stream}`);
      const first = origin !== null && !streamsBegun.has(stream);
      streamsBegun.add(stream);
      store({ kind: "part", part: { stream, step, attempt, first, format: FORMAT, value: text } });
    },
    progress: (value) => {
      if (!accepts()) return;
      const { progress: schema } = definition;
      const parsed = schema === undefined ? value : parseNow(schema, value, refuse("progress"));
      store({ kind: "progress", progress: codec.encode(parsed, "progress") });
    },
  };

  function refuse(what: string) {
    return (summary: string, issues: InputValidationError["issues"]): Error =>
      new InputValidationError(`Run ${runId}: ${what} does not fit its schema: ${summary}.`, {
        runId,
        issues,
      });
  }
}

/** Puts a call into what is committed next. */
export function addCall(draft: Draft, call: Call): void {
  if (call.kind === "log") draft.logs.push(call.log);
  else if (call.kind === "part") draft.parts.push(call.part);
  else draft.progress = call.progress;
}

/** A log line must not fail the step that writes it. */
function encodeLogData(codec: Codec, data: unknown): string {
  try {
    return codec.encode(data, "data");
  } catch (error) {
    return codec.encodeError(error);
  }
}
