import { TRPCError } from "@trpc/server";
import { InvalidArgumentError } from "../core/errors.js";
import type { WorkflowRunSummary } from "../core/run-summary-types.js";
import type { WorkflowRun } from "../core/run-types.js";
import type { WorkflowTypes } from "../core/workflow-types.js";
import { runNotFound } from "../engine/reading/run-not-found.js";
import type {
  AuthorizeArgs,
  AuthorizeOption,
  OwnerOption,
  RouterAccess,
  RouterAction,
  RunAction,
} from "./router-access-types.js";

/** The owner that a caller acts as; `undefined` where the router has no `owner`. */
export type Viewer = string | undefined;

/** Decides who may do what. What a member throws is what the client is told. */
export interface Access {
  /**
   * Who calls: asked before anything is read, so that a stranger learns nothing.
   *
   * @throws {TRPCError} `UNAUTHORIZED` where `owner` returns no text.
   */
  readonly identify: (ctx: unknown) => Promise<Viewer>;
  /** @throws {TRPCError} `FORBIDDEN` where this is not for the caller. */
  readonly admit: (
    ctx: unknown,
    action: Exclude<RouterAction, RunAction>,
    workflow?: string,
  ) => Promise<void>;
  /**
   * @throws {RunNotFoundError} where the run is somebody else's, before `authorize` is asked.
   * @throws {TRPCError} `FORBIDDEN` where this is not for the caller.
   */
  readonly admitToRun: (
    ctx: unknown,
    action: RunAction,
    run: WorkflowRun,
    viewer: Viewer,
  ) => Promise<void>;
}

/** @throws {InvalidArgumentError} unless the router is closed, or opened on purpose. */
export function createAccess(options: RouterAccess<unknown, WorkflowTypes>): Access {
  const { owner, authorize } = checkOptions(options);

  async function assertAllowed(args: AuthorizeArgs<unknown, WorkflowTypes>): Promise<void> {
    // Whatever an `authorize` without types returns, only `true` opens the door.
    if (authorize === undefined || (await authorize(args)) === true) return;
    const what = args.run === undefined ? args.action : `${args.action} run ${args.run.id}`;
    throw new TRPCError({ code: "FORBIDDEN", message: `You are not allowed to ${what}.` });
  }

  return {
    identify: async (ctx) => {
      if (owner === undefined) return undefined;
      const viewer: unknown = await owner({ ctx });
      if (typeof viewer === "string" && viewer !== "") return viewer;
      // What `owner` makes of a caller without a session must not become an owner.
      throw new TRPCError({ code: "UNAUTHORIZED", message: "Nobody is signed in." });
    },
    admit: (ctx, action, workflow) =>
      action === "start"
        ? assertAllowed({ ctx, action, workflow: workflow ?? "" })
        : assertAllowed({ ctx, action, workflow }),
    admitToRun: async (ctx, action, run, viewer) => {
      if (owner !== undefined && run.owner !== viewer) throw runNotFound(run.id);
      await assertAllowed({ ctx, action, workflow: run.workflow, run: summaryOf(run) });
    },
  };
}

function checkOptions({ access, owner, authorize }: RouterAccess<unknown, WorkflowTypes>): {
  owner: OwnerOption<unknown> | undefined;
  authorize: AuthorizeOption<unknown, WorkflowTypes> | undefined;
} {
  assertCallback("owner", owner);
  assertCallback("authorize", authorize);
  if (access !== undefined && access !== "public") {
    throw new InvalidArgumentError('createWorkflowRouter: access can only be "public".');
  }
  const isClosed = owner !== undefined || authorize !== undefined;
  if (isClosed && access === "public") {
    throw new InvalidArgumentError(
      'createWorkflowRouter: access: "public" contradicts `owner` and `authorize`.',
    );
  }
  if (!isClosed && access === undefined) {
    throw new InvalidArgumentError(
      "createWorkflowRouter: give `owner`, which returns whose runs a caller sees, or `authorize`, which says what a caller may do.",
    );
  }
  return { owner, authorize };
}

function assertCallback(option: string, callback: unknown): void {
  if (callback === undefined || typeof callback === "function") return;
  throw new InvalidArgumentError(`createWorkflowRouter: ${option} must be a function.`);
}

/** Without what may be large, as `list` has it. */
function summaryOf(run: WorkflowRun): WorkflowRunSummary {
  const { input: _input, output: _output, progress: _progress, steps: _steps, ...summary } = run;
  return summary;
}
