/** Whether two types are one, `any` and modifiers included. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export type IsAny<T> = 0 extends 1 & T ? true : false;

/** Compiles only where both types are one; the error shows what was got. */
export declare function assertType<TActual, TExpected>(
  ...equal: Equal<TActual, TExpected> extends true ? [] : [{ expected: TExpected; got: TActual }]
): void;
