import { z } from "zod";
import { defineWorkflow } from "./api.js";
import { assertType } from "./assert-type.js";
import { checkout, nightly, shipping } from "./fixtures/workflows.js";

declare const coin: boolean;

defineWorkflow({
  name: "handler-info",
  input: z.object({ at: z.string().transform((text) => new Date(text)) }),
  async run({ input, run, signal, log, now, uuid, random, patched }) {
    assertType<typeof input, { at: Date }>();
    assertType<typeof signal, AbortSignal>();
    assertType<
      { -readonly [K in keyof typeof run]: (typeof run)[K] },
      {
        id: string;
        workflow: string;
        version: string;
        attempt: number;
        iteration: number;
        createdAt: Date;
        owner: string | null;
        tags: readonly string[];
        idempotencyKey: string | null;
        traceId: string | null;
      }
    >();
    // @ts-expect-error read only
    run.attempt = 2;
    // Synchronous, all four.
    assertType<ReturnType<typeof now>, Date>();
    assertType<ReturnType<typeof uuid>, string>();
    assertType<ReturnType<typeof random>, number>();
    assertType<ReturnType<typeof patched>, boolean>();
    uuid("order");
    random("dice");
    // @ts-expect-error the time has no name
    now("start");
    // @ts-expect-error a patch has an id
    patched();
    assertType<ReturnType<typeof log.info>, void>();
    log.debug("a", 1);
    log.warn("b", { c: 1 });
    log.error("d");
  },
});

defineWorkflow({
  name: "steps",
  async run({ step }) {
    const optional = await step("optional", () => ({ ok: 1 }), { optional: true });
    assertType<typeof optional, { ok: number } | undefined>();
    const required = await step("required", async () => 5, {
      optional: false,
      compensate(output, { idempotencyKey, step: undone, signal, error, run }) {
        assertType<typeof output, number | undefined>();
        assertType<typeof idempotencyKey, string>();
        assertType<typeof undone.key, string>();
        assertType<typeof undone.idempotencyKey, string>();
        assertType<typeof undone.error, Error | null>();
        assertType<typeof signal, AbortSignal>();
        assertType<typeof error, Error | null>();
        assertType<typeof run.iteration, number>();
      },
    });
    assertType<typeof required, number>();
    await step("policy", () => ({ id: "1" }), {
      compensate: {
        run: (output) => assertType<typeof output, { id: string } | undefined>(),
        retry: { attempts: 10 },
        timeout: "1 minute",
      },
    });
    // @ts-expect-error an undo may have no output to work with
    await step("unsure", () => ({ id: "1" }), { compensate: (output) => output.id });
    // @ts-expect-error a policy has a function
    await step("no-undo", () => 1, { compensate: { retry: { attempts: 10 } } });
    // @ts-expect-error a literal duration is checked
    await step("bad-timeout", () => 1, { timeout: "30 secs" });
    // @ts-expect-error no such option
    await step("bad-option", () => 1, { retries: 5 });
    await step("context", ({ signal, attempt, idempotencyKey, log }) => {
      assertType<typeof signal, AbortSignal>();
      assertType<typeof attempt, number>();
      assertType<typeof idempotencyKey, string>();
      log.info("called");
    });
    const nothing = await step("nothing", async () => {});
    assertType<typeof nothing, void>();
    const union = await step("union", () =>
      coin ? { kind: "a" as const } : { kind: "b" as const, count: 1 },
    );
    if (union.kind === "b") assertType<typeof union.count, number>();
    const [one, two] = await Promise.all([step("one", () => 1), step("two", () => "two")]);
    assertType<typeof one, number>();
    assertType<typeof two, string>();
    await step("retry", () => 1, {
      retry: {
        attempts: 5,
        delay: "2s",
        factor: 3,
        maxDelay: 60_000,
        jitter: false,
        retryIf: (error) => {
          assertType<typeof error, unknown>();
          return true;
        },
      },
    });
  },
});

defineWorkflow({
  name: "waits",
  events: {
    picked: z.object({ count: z.coerce.number<string>() }),
    go: z.void(),
    agreed: z.boolean(),
  },
  async run({ waitForEvent, sleep, sleepUntil, now }) {
    const forEver = await waitForEvent("picked");
    assertType<typeof forEver, { count: number }>();
    const keyed = await waitForEvent("picked", { key: "second" });
    assertType<typeof keyed, { count: number }>();
    const limited = await waitForEvent("picked", { key: "third", timeout: "1 minute" });
    assertType<typeof limited, { count: number } | null>();
    const perhaps = coin ? ("5 minutes" as const) : undefined;
    const maybeLimited = await waitForEvent("picked", { timeout: perhaps });
    assertType<typeof maybeLimited, { count: number } | null>();
    // A falsy payload with a timeout cannot be told by truthiness.
    const go = await waitForEvent("go", { timeout: "1s" });
    assertType<typeof go, void | null>();
    const agreed = await waitForEvent("agreed", { timeout: 5_000 });
    assertType<typeof agreed, boolean | null>();
    // @ts-expect-error unknown event
    await waitForEvent("nope");
    // @ts-expect-error a literal duration is checked
    await waitForEvent("picked", { timeout: "3 dayz" });
    await sleep("a while", 250);
    await sleep("a while", "1.5 hours");
    // @ts-expect-error a literal duration is checked
    await sleep("a while", "soon");
    // @ts-expect-error a sleep has a name
    await sleep("1 hour");
    await sleepUntil("later", now());
    // @ts-expect-error a date
    await sleepUntil("later", "1 hour");
  },
});

defineWorkflow({
  name: "others",
  async run({ invoke, spawn, sendEvent, now }) {
    const child = await invoke("ship", shipping, { at: "2026" });
    assertType<typeof child, { labels: string[]; at: Date }>();
    await invoke(
      "ship",
      shipping,
      { at: "2026" },
      {
        tags: ["child"],
        priority: 1,
        compensate: (output) =>
          assertType<typeof output, { labels: string[]; at: Date } | undefined>(),
      },
    );
    await invoke("night", nightly);
    // @ts-expect-error a child takes the schema's input
    await invoke("ship", shipping, { at: new Date() });
    // @ts-expect-error the input is missing
    await invoke("ship", shipping);
    // @ts-expect-error a child that is awaited begins at once
    await invoke("ship", shipping, { at: "2026" }, { delay: "1 hour" });
    const id = await spawn("pay", checkout, { orderId: "1", amount: 2 }, { delay: "1 hour" });
    assertType<typeof id, string>();
    await spawn("pay", checkout, { orderId: "1", amount: 2 }, { startAt: now(), tags: ["a"] });
    await spawn("night", nightly);
    await spawn(
      "pay",
      checkout,
      { orderId: "1", amount: 2 },
      // @ts-expect-error one or the other
      { delay: "1 hour", startAt: now() },
    );
    // @ts-expect-error nobody waits for a spawned run
    await spawn("pay", checkout, { orderId: "1", amount: 2 }, { compensate: () => {} });

    await sendEvent("tell", { workflow: checkout, id, event: "approved", payload: { by: "ada" } });
    await sendEvent("tell", { workflow: shipping, id, event: "picked", payload: { count: "1" } });
    await sendEvent("tell", { workflow: shipping, id, event: "lost" });
    await sendEvent("tell", { id, event: "whatever", payload: 1 });
    // @ts-expect-error the payload does not fit the event of that workflow
    await sendEvent("tell", { workflow: checkout, id, event: "approved", payload: { bye: 1 } });
    // @ts-expect-error no such event of that workflow
    await sendEvent("tell", { workflow: checkout, id, event: "picked", payload: { by: "ada" } });
  },
});

defineWorkflow({
  name: "live",
  progress: z.object({ percent: z.number() }),
  streams: { tokens: z.string().transform((text) => text.length) },
  async run({ progress, emit }) {
    assertType<ReturnType<typeof progress>, void>();
    progress({ percent: 3 });
    // @ts-expect-error progress is typed where declared
    progress({ percent: "3" });
    assertType<ReturnType<typeof emit>, void>();
    emit("tokens", "abc");
    // @ts-expect-error the value is that of the stream
    emit("tokens", 5);
    // @ts-expect-error no such stream
    emit("token", "abc");
  },
});

defineWorkflow({
  name: "undeclared-live",
  async run({ progress, emit }) {
    progress(5);
    emit("anything", { at: 1 });
  },
});

defineWorkflow({
  name: "continue",
  input: z.object({ cursor: z.string().default("") }),
  async run({ input, continueAsNew }) {
    assertType<typeof input.cursor, string>();
    // @ts-expect-error it takes the schema's input
    if (coin) await continueAsNew({ cursor: 1 });
    // @ts-expect-error an input is needed
    if (coin) await continueAsNew();
    const never = await continueAsNew({});
    assertType<typeof never, never>();
  },
});

// All of it destructures: members are property functions, and no other name is known.
defineWorkflow({
  name: "typo",
  // @ts-expect-error `inputs` is no such member
  run: async ({ inputs }) => inputs,
});
