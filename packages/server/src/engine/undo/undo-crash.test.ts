import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { TestBench } from "../../testing/test-bench.js";
import { HOUR, openBench, statuses, stepOf } from "../laws/bench.fixture.js";
import { crashAtEachWrite, drive } from "./crash-bench.fixture.js";

/** An undo that ran: of which step, under which key, and whether it succeeded. */
interface Undone {
  readonly step: string;
  readonly key: string;
  readonly output: unknown;
  readonly ok: boolean;
}

/** A saga whose middle undo fails once, and what it did. */
function createSaga() {
  const undone: Undone[] = [];
  const ran: string[] = [];
  const saga = defineWorkflow({
    name: "saga",
    timeout: "1 day",
    run: async ({ step, sleep }) => {
      const undoable = (name: string) =>
        step(name, () => (ran.push(name), name), {
          compensate: {
            retry: { attempts: 3, delay: "1 minute" },
            run: (output, { idempotencyKey, step: of }) => {
              const ok = name !== "b" || undone.some((one) => one.step === "b");
              undone.push({ step: of.key, key: idempotencyKey, output, ok });
              if (!ok) throw new Error("not yet");
            },
          },
        });
      await undoable("a");
      await Promise.all([undoable("b"), undoable("c")]);
      await step("plain", () => ran.push("plain"));
      await sleep("for ever", "1 week");
    },
  });
  return { saga, ran, undone };
}

/** Each undo succeeded, in reverse order, under one key, and saw what its step returned. */
function expectUndone({ undone, ran }: Pick<ReturnType<typeof createSaga>, "undone" | "ran">) {
  const ended = undone.filter((one) => one.ok).map((one) => one.step);
  const last = ["c", "b", "a"].map((step) => ended.lastIndexOf(step));
  expect(last.every((place, index) => place >= 0 && place > (last[index - 1] ?? -1))).toBe(true);
  for (const name of ["a", "b", "c"]) {
    const mine = undone.filter((one) => one.step === name);
    expect(new Set(mine.map((one) => one.key)).size).toBe(1);
    expect(new Set(mine.map((one) => one.output))).toEqual(new Set([name]));
    expect(ran.includes(name)).toBe(true);
  }
}

const COMPENSATED = { a: "compensated", b: "compensated", c: "compensated", plain: "completed" };

/** Until the run sleeps for ever, whatever happens on the way there. */
async function untilParked(bench: TestBench, id: string): Promise<void> {
  for (let status = ""; status !== "waiting";) {
    if (!bench.hasWorker) await bench.startWorker();
    await bench.runDue();
    ({ status } = await bench.engine.get(id));
  }
}

describe("a crash at any write", () => {
  it("of a run that is cancelled loses no undo", async () => {
    const sagas: ReturnType<typeof createSaga>[] = [];
    const writes = await crashAtEachWrite(
      () => {
        const saga = createSaga();
        sagas.push(saga);
        return [saga.saga];
      },
      async (bench) => {
        const { id } = await bench.engine.start("saga");
        await untilParked(bench, id);
        await bench.engine.cancel(id);
        return id;
      },
      (run) => {
        expect(run).toMatchObject({ status: "compensated", cause: "cancel", error: null });
        expect(statuses(run)).toMatchObject(COMPENSATED);
        expect(stepOf(run, "b").undo).toMatchObject({ status: "completed", error: null });
        const saga = sagas.at(-1);
        if (saga === undefined) throw new TypeError("There is no saga.");
        expectUndone(saga);
      },
    );
    expect(writes).toBeGreaterThan(6);
  });

  it("of a run whose time is up loses no undo, however long it stays down", async () => {
    const sagas: ReturnType<typeof createSaga>[] = [];
    await crashAtEachWrite(
      () => {
        const saga = createSaga();
        sagas.push(saga);
        return [saga.saga];
      },
      async (bench) => {
        const { id } = await bench.engine.start("saga");
        await untilParked(bench, id);
        bench.kill();
        await bench.advance(30 * HOUR);
        return id;
      },
      (run) => {
        expect(run).toMatchObject({
          status: "compensated",
          cause: "timeout",
          error: { name: "RunTimeoutError" },
        });
        expect(statuses(run)).toMatchObject(COMPENSATED);
        const saga = sagas.at(-1);
        if (saga === undefined) throw new TypeError("There is no saga.");
        expectUndone(saga);
      },
    );
  });

  it("of a run that fails leaves nothing that began without its undo", async () => {
    let book: { began: Set<string>; undone: Set<string> } = { began: new Set(), undone: new Set() };
    await crashAtEachWrite(
      () => {
        const mine = (book = { began: new Set(), undone: new Set() });
        const flow = defineWorkflow({
          name: "flow",
          run: async ({ step }) => {
            const undoable = (name: string, fn: () => unknown) =>
              step(name, () => (mine.began.add(name), fn()), {
                retry: { attempts: 1 },
                compensate: (_output, { step: of }) => void mine.undone.add(of.key),
              });
            await undoable("a", () => 1);
            await Promise.allSettled([
              undoable("b", () => 2),
              undoable("c", () => Promise.reject(new Error("c failed"))),
            ]);
            throw new Error("no");
          },
        });
        return [flow];
      },
      async (bench) => (await bench.engine.start("flow")).id,
      (run) => {
        expect(run).toMatchObject({ status: "compensated", error: { message: "no" } });
        expect(new Set(run.steps.map((step) => step.key))).toEqual(book.undone);
        expect(book.undone).toEqual(book.began);
        expect(new Set(Object.values(statuses(run)))).toEqual(new Set(["compensated"]));
      },
    );
  });

  it("does not count an attempt of an undo that was cut off", async () => {
    const attempts: number[] = [];
    await crashAtEachWrite(
      () => [
        defineWorkflow({
          name: "flow",
          run: async ({ step }) => {
            await step("a", () => 1, { compensate: { retry: { attempts: 1 }, run: () => {} } });
            throw new Error("no");
          },
        }),
      ],
      async (bench) => (await bench.engine.start("flow")).id,
      (run) => {
        expect(run.status).toBe("compensated");
        attempts.push(stepOf(run, "a").undo?.attempt ?? 0);
      },
    );
    expect(new Set(attempts)).toEqual(new Set([1]));
  });
});

describe("an undo past the deadline of its run", () => {
  it("goes on with its back-offs", async () => {
    const { saga, undone } = createSaga();
    await using bench = await openBench([saga]);
    const { id } = await bench.engine.start(saga);
    await bench.advance(23 * HOUR + 59.5 * 60_000);
    await bench.engine.cancel(id);
    await bench.runDue();
    expect(undone.map((one) => one.step)).toEqual(["c", "b"]);
    await bench.advance(2 * HOUR);

    expect(await drive(bench, id)).toMatchObject({ status: "compensated", cause: "cancel" });
    expect(undone.map((one) => one.step)).toEqual(["c", "b", "b", "a"]);
  });
});
