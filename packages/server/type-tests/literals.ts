import { z } from "zod";
import { defineWorkflow } from "./api.js";
import { assertType } from "./assert-type.js";

const schema = z.object({ kind: z.enum(["a", "b"]), pair: z.tuple([z.number(), z.literal("q")]) });

// Literals keep their type under a schema, of a workflow and of a step.
defineWorkflow({
  name: "literal-output",
  output: schema,
  run: async ({ input }) => ({ kind: "a", pair: [input === undefined ? 1 : 2, "q"] }),
});
defineWorkflow({
  name: "literal-steps",
  output: schema,
  async run({ step, transaction }) {
    const one = await step("one", ({ attempt }) => ({ kind: "a", pair: [attempt, "q"] }), {
      output: schema,
    });
    const two = await step(
      "two",
      async ({ attempt }) => {
        if (attempt > 1) return { kind: "b", pair: [1, "q"] };
        return { kind: "a", pair: [attempt, "q"] };
      },
      { output: schema, compensate: (output) => output?.kind },
    );
    const three = await transaction("three", async (_tx) => ({ kind: "a", pair: [1, "q"] }), {
      output: schema,
    });
    assertType<typeof three.kind, "a" | "b">();
    if (one.kind === "a") return { kind: "a", pair: [1, "q"] };
    return two;
  },
});

// What is handed out is the parsed value.
defineWorkflow({
  name: "parsed-steps",
  async run({ step }) {
    const parsed = await step("parsed", (_context) => ({ kind: "a", when: "2020" }), {
      output: z.object({
        kind: z.enum(["a", "b"]),
        when: z.string().transform((text) => new Date(text)),
      }),
      compensate: (output) =>
        assertType<typeof output, { kind: "a" | "b"; when: Date } | undefined>(),
    });
    assertType<typeof parsed, { kind: "a" | "b"; when: Date }>();
    // @ts-expect-error the result does not fit the schema
    await step("bad", () => ({ kind: "zz" }), { output: z.object({ kind: z.enum(["a", "b"]) }) });
  },
});

// A known limit: a function without parameters is typed before its schema is known, so that its
// literals widen. A parameter or `as const` helps.
defineWorkflow({
  name: "widened",
  output: schema,
  // @ts-expect-error `kind` is a string
  run: () => ({ kind: "a", pair: [1, "q"] }),
});
defineWorkflow({
  name: "widened-step",
  async run({ step }) {
    // @ts-expect-error `kind` is a string
    await step("one", () => ({ kind: "a", pair: [1, "q"] }), { output: schema });
    await step("two", () => ({ kind: "a" as const, pair: [1, "q" as const] as [number, "q"] }), {
      output: schema,
    });
  },
});
