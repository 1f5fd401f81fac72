import { TablesMissingError } from "../../core/errors.js";
import { isMissingTable } from "../prisma-errors.js";

/** Rejects with TablesMissingError where a statement fails for want of a table or a column. */
export async function explainMissingTables<T>(statement: PromiseLike<T>): Promise<T> {
  try {
    return await statement;
  } catch (cause) {
    if (!isMissingTable(cause)) throw cause;
    throw new TablesMissingError(
      "The tables of trpc-workflow are not in this database, or are of another version: run `npx trpc-workflow migrate`, call `migrate(prisma)`, or add prisma/workflow.prisma to the schema and run `prisma migrate`.",
      { cause },
    );
  }
}
