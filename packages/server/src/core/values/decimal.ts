import { createRequire } from "node:module";

/** As much of Prisma's `Decimal` as is needed to store one. */
export interface DecimalLike {
  valueOf(): string;
}

type DecimalClass = new (digits: string) => DecimalLike;

/** Whether a value is a `Decimal` of Prisma, by the mark that its own `Decimal.isDecimal` looks for. */
export function isDecimal(value: object): value is DecimalLike {
  return "toStringTag" in value && value.toStringTag === "[object Decimal]";
}

/** All of its digits, and the sign of a zero. */
export function writeDecimal(value: DecimalLike): string {
  lastSeenClass ??= value.constructor as DecimalClass;
  return value.valueOf();
}

/**
 * A `Decimal` of the class that the app's Prisma client uses.
 *
 * @throws where there is no such class in this process.
 */
export function readDecimal(digits: string): DecimalLike {
  prismaClass ??= findPrismaClass();
  const Decimal = prismaClass ?? lastSeenClass;
  if (Decimal === undefined) {
    throw new TypeError("it holds a Decimal, and @prisma/client is not installed");
  }
  return new Decimal(digits);
}

/**
 * The class is not reachable from a client instance. Every generated client takes it from this module,
 * in Node always the CommonJS one, so it is the same class; looked up when the first one is read, from
 * here and, for a package manager that hides it from us, from the app. Only where that fails is it the
 * class of the first `Decimal` stored: what a value is read as should not hang on what came before.
 */
function findPrismaClass(): DecimalClass | undefined {
  for (const from of [import.meta.url, `${process.cwd()}/package.json`]) {
    try {
      const runtime: unknown = createRequire(from)("@prisma/client/runtime/client");
      if (typeof runtime === "object" && runtime !== null && "Decimal" in runtime) {
        return runtime.Decimal as DecimalClass;
      }
    } catch {
      // Not reachable from there.
    }
  }
  return undefined;
}

let prismaClass: DecimalClass | undefined;
let lastSeenClass: DecimalClass | undefined;
