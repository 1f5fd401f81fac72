/** A value, or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** The arguments from an input on: the input may be left out exactly where `undefined` is one. */
export type InputArgs<TInput, TOptions> = undefined extends TInput
  ? [input?: TInput, options?: TOptions]
  : [input: TInput, options?: TOptions];

/** As {@link InputArgs} where no options follow. */
export type InputOnlyArgs<TInput> = undefined extends TInput ? [input?: TInput] : [input: TInput];
