import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineWorkflow, initWorkflow } from "./define-workflow.js";
import { definitionOf } from "./definition.js";

describe("defineWorkflow", () => {
  it("returns a frozen value that says its name and version, and shows nothing else", () => {
    const workflow = defineWorkflow({ name: "checkout", version: "2", run: () => 1 });
    expect(Object.isFrozen(workflow)).toBe(true);
    expect({ ...workflow }).toEqual({ name: "checkout", version: "2", deprecated: false });
    expect(JSON.stringify(workflow)).toBe('{"name":"checkout","version":"2","deprecated":false}');
  });

  it("refuses a bad field when it is called", () => {
    const events = { "approved#2": z.string() };
    expect(() => defineWorkflow({ name: "checkout", events, run: () => 1 })).toThrow(
      /^Workflow "checkout": .*events/,
    );
  });
});

describe("initWorkflow", () => {
  it("defines the same workflows, whatever types it was given", () => {
    const { defineWorkflow: define } = initWorkflow.context<{ rate: number }>().create();
    const workflow = define({ name: "checkout", run: ({ ctx }) => ctx.rate });
    expect(definitionOf(workflow).run({ ctx: { rate: 3 } })).toBe(3);
  });

  it("can be shared: a context given to one builder does not reach another", () => {
    expect(Object.isFrozen(initWorkflow)).toBe(true);
    expect(initWorkflow.context()).not.toBe(initWorkflow);
  });
});
