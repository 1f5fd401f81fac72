import { describe, expect, it } from "vitest";
import { newRunRow } from "../../store/new-run-row.js";
import { HOSTILE_TEXTS, newRun } from "./fixtures.js";
import { type CreateStore, readRow, withTransaction } from "./harness.js";

/** `insertRuns`. */
export function insertCases(createStore: CreateStore): void {
  describe("insertRuns", () => {
    it.each([
      ["ready", newRun({ id: "a", priority: 3, tags: ["x"], traceId: "00-1", deadlineAt: 9e12 })],
      ["due at its start", newRun({ id: "a", startAt: 9e12, parentId: "p", parentKey: "k" })],
      ["claimed", newRun({ id: "a", claim: { workerId: "w", leaseToken: "t", leaseMs: 15_000 } })],
    ])("begins a run as its row says: %s", async (_, run) => {
      await using harness = await createStore();
      expect(await harness.store.insertRuns([run])).toEqual([{ kind: "created" }]);
      expect(await readRow(harness.store, "a")).toEqual(newRunRow(run));
    });

    it("gives texts back as they went in", async () => {
      await using harness = await createStore();
      const input = HOSTILE_TEXTS.filter((text) => text !== "\u0000").join("|");
      await harness.store.insertRuns([newRun({ id: "a", input, tags: HOSTILE_TEXTS })]);
      expect(await readRow(harness.store, "a")).toMatchObject({ input, tags: HOSTILE_TEXTS });
    });

    it("keeps the rows of its caller apart from its own", async () => {
      await using harness = await createStore();
      const tags = ["x"];
      await harness.store.insertRuns([newRun({ id: "a", tags })]);
      tags.push("y");
      expect((await readRow(harness.store, "a")).tags).toEqual(["x"]);
    });

    it("answers with the run that has the key, per workflow and owner", async () => {
      await using harness = await createStore();
      const key = { idempotencyKey: "order-1" };
      const answers = await harness.store.insertRuns([
        newRun({ id: "a", ...key, inputHash: "first" }),
        newRun({ id: "b", ...key, inputHash: "second" }),
        newRun({ id: "c", ...key, owner: "ada" }),
        newRun({ id: "d", ...key, workflow: "shipping" }),
        newRun({ id: "e" }),
        newRun({ id: "f" }),
      ]);
      const existing = { kind: "existing", id: "a", inputHash: "first" };
      const created = { kind: "created" };
      expect(answers).toEqual([created, existing, created, created, created, created]);
      expect(await harness.store.insertRuns([newRun({ id: "b", ...key })])).toEqual([existing]);
    });

    it("answers that an id is taken, but rather that the key exists", async () => {
      await using harness = await createStore();
      await harness.store.insertRuns([newRun({ id: "a", idempotencyKey: "k" })]);
      const answers = await harness.store.insertRuns([
        newRun({ id: "a", input: '"other"' }),
        newRun({ id: "a", idempotencyKey: "k" }),
        newRun({ id: "b" }),
        newRun({ id: "b" }),
      ]);
      expect(answers.map(({ kind }) => kind)).toEqual(["taken", "existing", "created", "taken"]);
      expect((await readRow(harness.store, "a")).input).toBe('{"amount":1}');
    });

    it("keeps the key of an ended run", async () => {
      await using harness = await createStore();
      await harness.store.insertRuns([newRun({ id: "a", idempotencyKey: "k" })]);
      const [answer] = await harness.store.insertRuns([newRun({ id: "b", idempotencyKey: "k" })]);
      expect(answer).toMatchObject({ kind: "existing", id: "a" });
    });

    it("creates one run of fifty concurrent starts with one key", async () => {
      await using harness = await createStore();
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          harness.store.insertRuns([newRun({ id: `run-${n}`, idempotencyKey: "k" })]),
        ),
      );
      const kinds = answers.flat().map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind === "created")).toHaveLength(1);
      expect(kinds.filter((kind) => kind === "existing")).toHaveLength(49);
    });

    it("takes part in the caller's transaction", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const answers = await withTransaction(harness, (tx) =>
        store.insertRuns([newRun({ id: "a" }), newRun({ id: "a" })], tx),
      );
      expect(answers).toEqual([{ kind: "created" }, { kind: "taken" }]);
      expect((await readRow(store, "a")).queue).toBe(0);
    });
  });
}
