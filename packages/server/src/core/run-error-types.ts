/** An error as it was recorded. */
export interface RunError {
  name: string;
  message: string;
  code?: string | undefined;
  stack?: string | undefined;
  // `unknown` and not `RunError`: a recursive type becomes `any` in the client of an app without a
  // transformer.
  cause?: unknown;
  errors?: unknown[] | undefined;
}
