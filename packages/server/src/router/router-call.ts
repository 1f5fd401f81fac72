import type { WorkflowDispatch } from "../engine/engine-types.js";
import type { Access } from "./access.js";
import type { Visible } from "./visible-run.js";

/** What all procedures of a router work with. */
export interface RouterParts {
  readonly engine: WorkflowDispatch;
  readonly access: Access;
  readonly visible: Visible;
  /** How long a subscription goes on without being checked. */
  readonly recheckMs: number;
}

/** A call of a procedure, as tRPC hands it to the resolver. */
export interface RouterCall<TInput> {
  readonly ctx: unknown;
  readonly input: TInput;
  /** Aborted when the client leaves. */
  readonly signal?: AbortSignal | undefined;
}
