import type { UseMutationOptions, UseMutationResult } from "@tanstack/react-query";

/** What starting a run answers: `created` is `false` when the idempotency key had a run already. */
export interface StartedRun {
  id: string;
  created: boolean;
}

/** What `useCancelRun` takes. */
export interface CancelVariables {
  id: string;
  /** Kept in the run's log. */
  reason?: string | undefined;
  /** Whether what the run did is undone. @default true */
  compensate?: boolean | undefined;
}

/** What `useRetryRun` takes. */
export interface RetryVariables {
  id: string;
  /** Kept in the run's log. */
  reason?: string | undefined;
  /** The key of the step to forget, with what was first asked for after it. */
  from?: string | undefined;
}

/** The options of a TanStack mutation but for what it calls. */
export interface MutationOptions<TData, TError, TVariables, TContext> extends Omit<
  UseMutationOptions<TData, TError, TVariables, TContext>,
  "mutationFn" | "mutationKey"
> {}

/**
 * A mutation that starts a run; one `mutate` starts one run, however often the network makes it retry.
 *
 * @example
 * ```tsx
 * const start = useStartWorkflow("checkout");
 * const { id } = await start.mutateAsync({ orderId, amount: 120 });
 * ```
 */
export interface UseStartWorkflow<TInputs, TError> {
  <TName extends keyof TInputs & string, TContext = unknown>(
    workflow: TName,
    options?: MutationOptions<StartedRun, TError, Variables<TInputs[NoInfer<TName>]>, TContext>,
  ): UseMutationResult<StartedRun, TError, Variables<TInputs[TName]>, TContext>;
}

/** A mutation that sends an event of this workflow; one `mutate` sends one, as for `useStartWorkflow`. */
export interface UseSendEvent<TEvents, TError> {
  <TName extends keyof TEvents & string, TContext = unknown>(
    workflow: TName,
    options?: MutationOptions<void, TError, TEvents[NoInfer<TName>], TContext>,
  ): UseMutationResult<void, TError, TEvents[TName], TContext>;
}

/** A mutation that does something to a run. */
export interface UseRunMutation<TVariables, TError> {
  <TContext = unknown>(
    options?: MutationOptions<void, TError, TVariables, TContext>,
  ): UseMutationResult<void, TError, TVariables, TContext>;
}

/** `mutate()` where there is nothing to give. */
type Variables<TInput> = undefined extends TInput ? TInput | void : TInput;
