/**
 * What the library calls on a database handle: a Prisma client, extended or not, or the `tx` of one
 * of its interactive transactions. Matched by structure, so that no generated client is imported.
 */
export interface PrismaRaw {
  // Methods and `any[]`, not property functions and `unknown[]`: generated clients of every version
  // and every `$extends` stay assignable only under bivariant parameters.
  // oxlint-disable-next-line typescript/no-explicit-any
  $queryRawUnsafe<T = unknown>(query: string, ...values: any[]): PromiseLike<T>;
  // oxlint-disable-next-line typescript/no-explicit-any
  $executeRawUnsafe(query: string, ...values: any[]): PromiseLike<number>;
}

/** The user's own Prisma client, by structure; base, extended and `omit` clients are all accepted. */
export interface PrismaLike extends PrismaRaw {
  $transaction<R>(
    fn: (tx: PrismaRaw) => Promise<R>,
    options?: PrismaTransactionOptions,
  ): PromiseLike<R>;
}

/** Options of Prisma's interactive transactions; the times are milliseconds. */
export interface PrismaTransactionOptions {
  maxWait?: number;
  timeout?: number;
  isolationLevel?: string;
}

/**
 * The `tx` that a client's `$transaction` hands to its callback.
 *
 * Inferred from the method: leaving names out of the client's type gives something that is not the
 * generated `Prisma.TransactionClient`.
 */
export type TransactionOf<TPrisma> = TPrisma extends {
  $transaction: (fn: (tx: infer TTx) => Promise<never>, options?: never) => unknown;
}
  ? TTx
  : PrismaRaw;
