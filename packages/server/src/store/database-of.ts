import { UnsupportedDatabaseError } from "../core/errors.js";
import type { PrismaLike } from "../core/prisma-like.js";

/**
 * Which database a Prisma client talks to, extended clients too.
 *
 * @throws UnsupportedDatabaseError where that is neither PostgreSQL nor SQLite, or cannot be told.
 */
export function databaseOf(prisma: PrismaLike): "postgresql" | "sqlite" {
  // Not in Prisma's types; what its own extensions tell databases apart by.
  const provider = (prisma as { readonly _activeProvider?: unknown })._activeProvider;
  switch (provider) {
    case "postgresql":
    case "postgres":
      return "postgresql";
    case "sqlite":
      return "sqlite";
    default:
      throw new UnsupportedDatabaseError(
        `trpc-workflow keeps its runs in PostgreSQL or SQLite; the Prisma client given is for ${
          typeof provider === "string" ? provider : "a database that it does not tell"
        }.`,
      );
  }
}
