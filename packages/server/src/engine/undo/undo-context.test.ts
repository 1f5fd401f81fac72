import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { CompensateContext } from "../../core/step-types.js";
import { defineWorkflow } from "../../core/define-workflow.js";
import { gate, HOUR, openBench, SECOND } from "../laws/bench.fixture.js";

interface Undo extends Omit<CompensateContext, "signal"> {
  readonly output: unknown;
}

/** An undo that keeps what it was given. */
function keeping(undos: Undo[]) {
  return (output: unknown, { idempotencyKey, step, error, run }: CompensateContext): void => {
    undos.push({ output, idempotencyKey, step, error, run });
  };
}

describe("what an undo receives", () => {
  it("is the recorded output, as decoded from its record", async () => {
    const undos: Undo[] = [];
    const paidAt = new Date("2026-01-01T00:00:00Z");
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step, sleep }) => {
        await step("charge", () => ({ id: "ch_1", paidAt, extra: "dropped" }), {
          output: z.object({ id: z.string(), paidAt: z.date() }),
          compensate: keeping(undos),
        });
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);
    await bench.restart();
    await bench.engine.cancel(id);
    await bench.settled(id);

    expect(undos.map((undo) => undo.output)).toEqual([{ id: "ch_1", paidAt }]);
  });

  it("is the step's key and idempotency key, and a key of the undo's own for all its attempts", async () => {
    const undos: Undo[] = [];
    const stepKeys: string[] = [];
    const keep = keeping(undos);
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        for (const name of ["a", "b", "a"]) {
          await step(name, ({ idempotencyKey }) => void stepKeys.push(idempotencyKey), {
            compensate: (output, context) => {
              keep(output, context);
              if (undos.length === 1) throw new Error("again");
            },
          });
        }
        throw new Error("no");
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.advance(HOUR);
    await bench.settled(id);

    const [first, second, ...others] = undos;
    expect(undos.map((undo) => undo.step.key)).toEqual(["a#2", "a#2", "b", "a"]);
    expect(first?.idempotencyKey).toBe(second?.idempotencyKey);
    expect(undos.slice(1).map((undo) => undo.step.idempotencyKey)).toEqual(stepKeys.toReversed());
    const keys = [first, ...others].map((undo) => undo?.idempotencyKey);
    expect(new Set([...keys, ...stepKeys]).size).toBe(6);
  });

  it("is the step's error and the run's, each with what it carried", async () => {
    const undos: Undo[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => 1, { compensate: keeping(undos) });
        try {
          await step(
            "b",
            () => {
              throw Object.assign(new RangeError("out of stock"), { code: "E_STOCK" });
            },
            { retry: { attempts: 1 }, compensate: keeping(undos) },
          );
        } catch (cause) {
          throw new Error("the order failed", { cause });
        }
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    await bench.settled(id);

    const [b, a] = undos;
    expect(b?.output).toBeUndefined();
    expect(b?.step.error).toMatchObject({
      name: "RangeError",
      message: "out of stock",
      code: "E_STOCK",
    });
    expect(a?.step.error).toBeNull();
    for (const undo of undos) {
      expect(undo.error).toBeInstanceOf(Error);
      expect(undo.error).toMatchObject({
        message: "the order failed",
        cause: { message: "out of stock" },
      });
    }
  });

  it("has no error where the run was cancelled, and RunTimeoutError where its time was up", async () => {
    const undos: Undo[] = [];
    const flow = defineWorkflow({
      name: "flow",
      timeout: "1 hour",
      run: async ({ step, sleep }) => {
        await step("a", () => 1, { compensate: keeping(undos) });
        await sleep("a day", "1 day");
      },
    });
    await using bench = await openBench([flow]);
    const cancelled = await bench.engine.start(flow);
    await bench.settled(cancelled.id);
    await bench.engine.cancel(cancelled.id);
    await bench.settled(cancelled.id);
    await bench.engine.start(flow);
    await bench.advance(HOUR);

    expect(undos.map((undo) => undo.error?.name ?? null)).toEqual([null, "RunTimeoutError"]);
  });

  it("is the run as its handler saw it", async () => {
    const undos: Undo[] = [];
    let seen: unknown = null;
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ run, step }) => {
        seen = run;
        await step("a", () => 1, { compensate: keeping(undos) });
        throw new Error("no");
      },
    });
    await using bench = await openBench([flow]);
    const options = { owner: "ada", tags: ["vip"], idempotencyKey: "order-1" };
    const { id } = await bench.engine.start(flow, undefined, options);
    await bench.settled(id);

    expect(undos[0]?.run).toEqual(seen);
    expect(undos[0]?.run).toMatchObject({ id, ...options, attempt: 1 });
  });

  it("is the failure of an attempt that was cut off in a back-off", async () => {
    const undos: Undo[] = [];
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step(
          "a",
          () => {
            throw new Error("busy");
          },
          { retry: { attempts: 5, delay: "1 hour" }, compensate: keeping(undos) },
        );
      },
    });
    await using bench = await openBench([flow]);
    const { id } = await bench.engine.start(flow);
    expect((await bench.settled(id)).status).toBe("waiting");
    await bench.engine.cancel(id);

    expect((await bench.settled(id)).status).toBe("compensated");
    expect(undos).toMatchObject([{ output: undefined, step: { error: { message: "busy" } } }]);
  });

  it("is `undefined` for a step that was cut off, which is undone once it ended or `settle` passed", async () => {
    const undos: Undo[] = [];
    const hold = gate();
    const flow = defineWorkflow({
      name: "flow",
      run: async ({ step }) => {
        await step("a", () => hold.promise, { compensate: keeping(undos) });
      },
    });
    await using bench = await openBench([flow], { settle: "5 seconds" });
    const { id } = await bench.engine.start(flow);
    await bench.runDue();
    await bench.engine.cancel(id);
    await bench.advance(4 * SECOND);
    expect(undos).toEqual([]);
    await bench.advance(SECOND);

    expect(undos).toMatchObject([{ output: undefined, step: { key: "a", error: null } }]);
    expect((await bench.settled(id)).status).toBe("compensated");
  });
});
