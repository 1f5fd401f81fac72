import type { StandardSchemaV1 } from "@standard-schema/spec";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { EventValidationError, InputValidationError } from "./errors.js";
import { isStandardSchema, parseWith, type SchemaIssue } from "./schema.js";

const order = z.object({
  id: z.string(),
  items: z.array(z.object({ sku: z.string(), "x-count": z.number() })),
});

function inputError(summary: string, issues: readonly SchemaIssue[]): InputValidationError {
  return new InputValidationError(`Input: ${summary}`, { issues });
}

function schemaOf(validate: StandardSchemaV1.Props["validate"]): StandardSchemaV1 {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

describe("parseWith", () => {
  it("resolves to the parsed value, transforms and defaults applied", async () => {
    const schema = z.object({
      at: z.string().transform((text) => new Date(text)),
      express: z.boolean().default(false),
    });
    await expect(parseWith(schema, { at: "2026-11-23" }, inputError)).resolves.toEqual({
      at: new Date("2026-11-23"),
      express: false,
    });
  });

  it("waits for a schema that checks asynchronously", async () => {
    const taken = z.string().refine(async (name) => name !== "ada", "is taken");
    await expect(parseWith(taken, "bob", inputError)).resolves.toBe("bob");
    await expect(parseWith(taken, "ada", inputError)).rejects.toThrow("Input: is taken");
  });

  it("names the path and the text of each issue, and keeps the issues", async () => {
    const schema = schemaOf(() => ({
      issues: [
        { message: "Required", path: ["id"] },
        { message: "Too small", path: ["items", 1, { key: "x-count" }] },
      ],
    }));
    const failure = parseWith(schema, {}, inputError);
    await expect(failure).rejects.toThrow('Input: id: Required; items[1]["x-count"]: Too small');
    await expect(failure).rejects.toMatchObject({
      code: "INPUT_VALIDATION",
      issues: [
        { message: "Required", path: ["id"] },
        { message: "Too small", path: ["items", 1, "x-count"] },
      ],
    });
  });

  it("reports zod's issues at their paths", async () => {
    const bad = {
      id: "1",
      items: [
        { sku: "a", "x-count": 1 },
        { sku: 2, "x-count": "3" },
      ],
    };
    await expect(parseWith(order, bad, inputError)).rejects.toThrow(
      /^Input: items\[1\]\.sku: .+; items\[1\]\["x-count"\]: .+$/,
    );
  });

  it("gives the message alone where the value itself is wrong", async () => {
    const schema = schemaOf(() => ({ issues: [{ message: "must be a number" }] }));
    await expect(parseWith(schema, "x", inputError)).rejects.toMatchObject({
      message: "Input: must be a number",
      issues: [{ message: "must be a number", path: [] }],
    });
  });

  it("writes a symbol in a path as text, since issues are sent to clients", async () => {
    const schema = schemaOf(() => ({ issues: [{ message: "no", path: [Symbol("tag")] }] }));
    await expect(parseWith(schema, {}, inputError)).rejects.toMatchObject({
      issues: [{ path: ["Symbol(tag)"] }],
    });
  });

  it("rejects with the error that the caller makes", async () => {
    const failure = parseWith(
      z.void(),
      1,
      (summary, issues) => new EventValidationError(summary, { issues }),
    );
    await expect(failure).rejects.toBeInstanceOf(EventValidationError);
  });

  it("passes on what a schema throws, as a rejection", async () => {
    const schema = schemaOf(() => {
      throw new RangeError("broken schema");
    });
    await expect(parseWith(schema, 1, inputError)).rejects.toThrow(RangeError);
  });
});

describe("isStandardSchema", () => {
  it("accepts schemas that are objects or functions", () => {
    const callable = Object.assign(
      () => true,
      schemaOf((value) => ({ value })),
    );
    expect([z.string(), callable].map(isStandardSchema)).toEqual([true, true]);
  });

  it.each([
    null,
    undefined,
    "string",
    {},
    () => true,
    { "~standard": null },
    { "~standard": { version: 2, vendor: "test", validate: () => ({ value: 1 }) } },
    { "~standard": { version: 1, vendor: "test" } },
  ])("refuses %o", (value) => {
    expect(isStandardSchema(value)).toBe(false);
  });
});
