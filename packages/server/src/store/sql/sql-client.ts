import type { PrismaRaw } from "../../core/prisma-like.js";
import type { Dialect } from "./dialect.js";

/** A Prisma client as the store uses it. */
export interface SqlClient {
  readonly dialect: Dialect;
  /**
   * Runs one statement of constant text; on `tx` where there is one, else on its own.
   *
   * @throws TablesMissingError where a table or column is not there.
   */
  query<TRow = JsonRow>(
    text: string,
    values: readonly unknown[],
    tx?: PrismaRaw | undefined,
  ): Promise<readonly TRow[]>;
  /** Runs `body` in one interactive transaction, again after a conflict with another one. */
  transaction<T>(body: (tx: PrismaRaw) => Promise<T>): Promise<T>;
}

/** What most statements return: one column with a JSON object. */
export interface JsonRow {
  readonly json: string;
}
