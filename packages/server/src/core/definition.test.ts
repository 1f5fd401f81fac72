import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { checkDefinition, definitionOf } from "./definition.js";
import { defineWorkflow } from "./define-workflow.js";
import { isWorkflowError } from "./errors.js";

const run = (): number => 1;

describe("checkDefinition", () => {
  it("fills in what is left out", () => {
    expect(checkDefinition({ name: "checkout", run })).toMatchObject({
      name: "checkout",
      version: "1",
      deprecated: false,
      removed: new Set(),
      input: undefined,
      output: undefined,
      events: {},
      progress: undefined,
      streams: undefined,
      timeoutMs: null,
      retry: undefined,
    });
  });

  it("keeps what is given, durations in milliseconds", () => {
    const input = z.string();
    const approved = z.object({ by: z.string() });
    const tokens = z.string();
    const definition = checkDefinition({
      name: "checkout",
      version: "2026-11",
      deprecated: true,
      input,
      output: z.number(),
      events: { approved },
      progress: z.number(),
      streams: { tokens },
      timeout: "7 days",
      retry: { attempts: 5 },
      removed: ["charge"],
      run,
    });
    expect(definition).toMatchObject({
      version: "2026-11",
      deprecated: true,
      removed: new Set(["charge"]),
      timeoutMs: 604_800_000,
      retry: { attempts: 5 },
    });
    expect(definition.input).toBe(input);
    expect(definition.events["approved"]).toBe(approved);
    expect(definition.streams?.["tokens"]).toBe(tokens);
  });

  it("finds no event or stream by a name that every object has", () => {
    const { events, streams } = checkDefinition({ name: "checkout", streams: {}, run });
    expect(events["constructor"]).toBeUndefined();
    expect(streams?.["toString"]).toBeUndefined();
  });

  it("keeps an event of such a name where it is declared", () => {
    const schema = z.string();
    const { events } = checkDefinition({ name: "checkout", events: { constructor: schema }, run });
    expect(events["constructor"]).toBe(schema);
  });

  it("is not changed by what happens to the object it was made from", () => {
    const events: Record<string, unknown> = { approved: z.string() };
    const removed = ["charge"];
    const retry = { attempts: 5 };
    const definition = checkDefinition({ name: "checkout", events, removed, retry, run });
    events["late"] = z.string();
    removed.push("late");
    retry.attempts = 1;
    expect(definition.events["late"]).toBeUndefined();
    expect(definition.removed).toEqual(new Set(["charge"]));
    expect(definition.retry).toEqual({ attempts: 5 });
    expect(Object.isFrozen(definition)).toBe(true);
  });

  it("calls the handler as a method of its definition", () => {
    const source = {
      name: "checkout",
      rate: 3,
      run(this: { rate: number }, amount: number): number {
        return this.rate * amount;
      },
    };
    expect(checkDefinition(source).run(2)).toBe(6);
  });

  it.each([undefined, null, "checkout", 1, [], run])("refuses %o as a definition", (source) => {
    expect(() => checkDefinition(source)).toThrow(/defineWorkflow takes an object/);
  });

  it.each([undefined, "", "Checkout", "1st", "check out", "a".repeat(101)])(
    "refuses %o as a name",
    (name) => {
      expect(() => checkDefinition({ name, run })).toThrow(/name of a workflow/i);
    },
  );

  it.each<[field: string, given: Record<string, unknown>]>([
    ["version", { version: "" }],
    ["version", { version: "v".repeat(101) }],
    ["version", { version: 2 }],
    ["version", { version: "a\nb" }],
    ["version", { version: "\ud800" }],
    ["deprecated", { deprecated: "no" }],
    ["input", { input: { orderId: "string" } }],
    ["input", { input: null }],
    ["output", { output: String }],
    ["progress", { progress: 1 }],
    ["events", { events: z.object({}) }],
    ["events", { events: [z.string()] }],
    ["events", { events: null }],
    ["events.approved", { events: { approved: "yes" } }],
    ["name in events", { events: { "": z.string() } }],
    ["name in events", { events: { "approved#2": z.string() } }],
    ["name in events", { events: { "a\u0000": z.string() } }],
    ["name in events", { events: { ["a".repeat(201)]: z.string() } }],
    ["streams", { streams: "tokens" }],
    ["streams.tokens", { streams: { tokens: undefined } }],
    ["name in streams", { streams: { "a#b": z.string() } }],
    ["timeout", { timeout: "7 dayz" }],
    ["timeout", { timeout: -1 }],
    ["timeout", { timeout: Number.NaN }],
    ["timeout", { timeout: null }],
    ["retry", { retry: 3 }],
    ["retry.attempts", { retry: { attempts: 0 } }],
    ["retry.delay", { retry: { delay: "soon" } }],
    ["retry.factor", { retry: { factor: 0 } }],
    ["retry.maxDelay", { retry: { maxDelay: "200 years" } }],
    ["retry.jitter", { retry: { jitter: 1 } }],
    ["retry.retryIf", { retry: { retryIf: true } }],
    ["removed", { removed: "charge" }],
    ["removed[1]", { removed: ["charge", "charge#2"] }],
    ["removed[0]", { removed: [1] }],
    ["run", { run: undefined }],
    ["run", { run: "run" }],
  ])("names the workflow and %s when that is wrong: %o", (field, given) => {
    let refusal: unknown;
    try {
      checkDefinition({ name: "checkout", run, ...given });
    } catch (error) {
      refusal = error;
    }
    expect(isWorkflowError(refusal, "INVALID_ARGUMENT")).toBe(true);
    const { message } = refusal as Error;
    expect(message).toMatch(/^Workflow "checkout": /);
    expect(message.toLowerCase()).toContain(field.toLowerCase());
  });
});

describe("definitionOf", () => {
  it("finds the definition behind a workflow", () => {
    const workflow = defineWorkflow({ name: "checkout", run: () => 7 });
    expect(definitionOf(workflow)).toMatchObject({ name: "checkout", version: "1" });
    expect(definitionOf(workflow).run({})).toBe(7);
  });

  it("finds it where another copy of the package defined the workflow", async () => {
    vi.resetModules();
    const copy = await import("./define-workflow.js");
    expect(copy.defineWorkflow).not.toBe(defineWorkflow);
    expect(definitionOf(copy.defineWorkflow({ name: "checkout", run }))).toMatchObject({
      name: "checkout",
    });
  });

  it.each([undefined, "checkout", {}, { name: "checkout", version: "1" }])(
    "refuses %o",
    (workflow) => {
      expect(() => definitionOf(workflow)).toThrow(/not a workflow/);
    },
  );
});
