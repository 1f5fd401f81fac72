import { z } from "zod";
import {
  defineWorkflow,
  type inferWorkflowEvents,
  type inferWorkflowInput,
  type inferWorkflowOutput,
} from "./api.js";
import { assertType } from "./assert-type.js";
import {
  checkout,
  type nightly,
  type onboarding,
  type reportV3,
  type shipping,
} from "./fixtures/workflows.js";

// What a definition says of itself.
assertType<typeof checkout.name, "checkout">();
assertType<typeof checkout.version, "1">();
assertType<typeof checkout.deprecated, false>();
assertType<typeof shipping.version, "1">();
assertType<typeof reportV3.version, "3">();
assertType<typeof reportV3.deprecated, true>();
// @ts-expect-error a definition is read only
checkout.name = "checkout";

// `start` and `sendEvent` take a schema's input, results have its output.
assertType<inferWorkflowInput<typeof checkout>, { orderId: string; amount: number }>();
assertType<inferWorkflowOutput<typeof checkout>, { receipt: string; paidAt: Date }>();
assertType<inferWorkflowEvents<typeof checkout>, { approved: { by: string } }>();
assertType<inferWorkflowInput<typeof shipping>, { at: string; express?: boolean | undefined }>();
assertType<inferWorkflowOutput<typeof shipping>, { labels: string[]; at: Date }>();
assertType<inferWorkflowEvents<typeof shipping>, { picked: { count: string }; lost: void }>();
assertType<inferWorkflowInput<typeof nightly>, undefined>();
assertType<inferWorkflowOutput<typeof nightly>, never>();
assertType<inferWorkflowOutput<typeof onboarding>, number>();
// @ts-expect-error without events there is no event
type _NoEvents = inferWorkflowEvents<typeof nightly>["approved"];

// The whole bag, as hovers and declaration files print it.
assertType<
  (typeof checkout)["~types"],
  {
    name: "checkout";
    version: "1";
    deprecated: false;
    startInput: { orderId: string; amount: number };
    input: { orderId: string; amount: number };
    output: { receipt: string; paidAt: Date };
    events: { approved: { by: string } };
    eventInputs: { approved: { by: string } };
    progress: { percent: number };
    streams: { tokens: string };
  }
>();

// Fields in any order, `run` as a method or a property.
defineWorkflow({
  async run({ input, step }) {
    assertType<typeof input, { count: number }>();
    const next = await step("next", ({ attempt }) => attempt + input.count);
    assertType<typeof next, number>();
    return next;
  },
  name: "reversed",
  input: z.object({ count: z.number() }),
});

// Options may be present and `undefined`.
defineWorkflow({
  name: "undefined-options",
  timeout: undefined,
  retry: undefined,
  removed: undefined,
  run: () => 1,
});

defineWorkflow({
  name: "bad-output",
  output: z.object({ count: z.number() }),
  // @ts-expect-error the output does not fit its schema
  run: async () => ({ count: "x" }),
});
defineWorkflow({
  name: "bad-timeout",
  // @ts-expect-error a literal duration is checked
  timeout: "7 dayz",
  run: () => 1,
});
defineWorkflow({
  name: "bad-retry",
  // @ts-expect-error and so is one in `retry`
  retry: { attempts: 3, delay: "one second" },
  run: () => 1,
});
defineWorkflow({
  name: "bad-removed",
  // @ts-expect-error `removed` is a list of names
  removed: "charge",
  run: () => 1,
});
defineWorkflow({
  name: "bad-input",
  // @ts-expect-error not a Standard Schema
  input: { orderId: "string" },
  run: () => 1,
});
// @ts-expect-error a workflow has a handler
defineWorkflow({ name: "no-run" });
// @ts-expect-error a workflow has a name
defineWorkflow({ run: () => 1 });
