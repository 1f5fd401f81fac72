import { describe, expect, it } from "vitest";
import type { ListQuery, Store } from "../../store/store.js";
import {
  blockRun,
  HOSTILE_TEXTS,
  inPhase,
  listQuery,
  newRecord,
  newRun,
  newStep,
  pauseRun,
  setRun,
  startClaimed,
  startWaiting,
} from "./fixtures.js";
import { type CreateStore, readRow } from "./harness.js";

/** `listRuns`. */
export function listCases(createStore: CreateStore): void {
  describe("listRuns", () => {
    it("gives runs without their payloads", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startClaimed(store, "a", { tags: ["x"], deadlineAt: 9e12, traceId: "t" });
      const steps = [newStep("s"), newStep("t", { position: 1 })];
      await store.record([newRecord("a", { steps, progress: '"half"' })]);
      const { input: _i, output: _o, progress: _p, seed: _s, ...row } = await readRow(store, "a");
      expect(await store.listRuns(listQuery())).toEqual([{ ...row, stepCount: 2 }]);
    });

    it("pages from the newest on, by id where times are equal, without a gap", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const ids = ["b", "A", "c-1", "c.2", "_x", "Z", "9"];
      const runs = ids.map((id) => newRun({ id, createdAt: 5 }));
      await store.insertRuns([newRun({ id: "old", createdAt: 4 }), ...runs]);
      await store.insertRuns([newRun({ id: "new", createdAt: 6 })]);
      const seen: string[] = [];
      let after: ListQuery["after"] = null;
      for (;;) {
        const page = await store.listRuns(listQuery({ limit: 2, after }));
        const last = page.at(-1);
        if (last === undefined) break;
        expect(page.length).toBeLessThanOrEqual(2);
        seen.push(...page.map(({ id }) => id));
        after = { createdAt: last.createdAt, id: last.id };
      }
      expect(seen.at(0)).toBe("new");
      expect(seen.at(-1)).toBe("old");
      expect(seen.toSorted()).toEqual(["new", "old", ...ids].toSorted());
    });

    it("filters by workflow, owner and time", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([
        newRun({ id: "a", createdAt: 10 }),
        newRun({ id: "b", createdAt: 20, owner: "ada" }),
        newRun({ id: "c", createdAt: 30, workflow: "shipping", owner: "ada" }),
      ]);
      expect(await list(store, { workflow: "checkout" })).toEqual(["b", "a"]);
      expect(await list(store, { owner: "ada" })).toEqual(["c", "b"]);
      expect(await list(store, { owner: "" })).toEqual(["a"]);
      expect(await list(store, { createdAfter: 20 })).toEqual(["c", "b"]);
      expect(await list(store, { createdBefore: 20 })).toEqual(["a"]);
      const both = { createdAfter: 20, createdBefore: 30 };
      expect(await list(store, { ...both, owner: "ada", workflow: "checkout" })).toEqual(["b"]);
    });

    it("filters by what users see of the status", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const ids = ["pending", "paused", "blocked", "both", "failed", "failed-paused"];
      await store.insertRuns(ids.map((id) => newRun({ id })));
      await startWaiting(store, "waiting");
      await startWaiting(store, "waiting-paused");
      await pauseRun(store, "waiting-paused");
      await pauseRun(store, "paused");
      await blockRun(store, "blocked");
      await blockRun(store, "both");
      await pauseRun(store, "both");
      await setRun(store, "failed", inPhase("failed"));
      await setRun(store, "failed-paused", { ...inPhase("failed"), paused: true });
      const of = (...statuses: ListQuery["statuses"]) => list(store, { statuses }, "sorted");
      expect(await of("pending")).toEqual(["pending"]);
      expect(await of("waiting")).toEqual(["waiting"]);
      expect(await of("paused")).toEqual(["both", "paused", "waiting-paused"]);
      expect(await of("blocked")).toEqual(["blocked"]);
      expect(await of("failed")).toEqual(["failed", "failed-paused"]);
      expect(await of("failed", "waiting")).toEqual(["failed", "failed-paused", "waiting"]);
      expect(await of("running", "compensated")).toEqual([]);
    });

    it("never takes one tag for another", async () => {
      await using harness = await createStore();
      const { store } = harness;
      const lists = [
        ...HOSTILE_TEXTS.map((tag) => [tag]),
        ["x,", ",y"],
        ["a", "b"],
        ["A"],
        [`a","b`],
        ["a\\"],
        ["ab"],
        [],
      ];
      await store.insertRuns(lists.map((tags, n) => newRun({ id: `run-${n}`, tags })));
      for (const wanted of new Set(lists.flat())) {
        const expected = lists.flatMap((tags, n) => (tags.includes(wanted) ? [`run-${n}`] : []));
        expect([wanted, await list(store, { tags: [wanted] }, "sorted")]).toEqual([
          wanted,
          expected.toSorted(),
        ]);
      }
      const both = lists.flatMap((tags, n) => (tags.includes("b") ? [`run-${n}`] : []));
      expect(await list(store, { tags: ["b", "a"] })).toEqual(both);
      expect(await list(store, { tags: ["a", "c"] })).toEqual([]);
    });

    it("finds prefixes of id, key and tags, whatever their case", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([
        newRun({ id: "Run-A", idempotencyKey: "Order-1", tags: ["Gold"] }),
        newRun({ id: "run-b", tags: ["x,", "old", '"quoted"'] }),
        newRun({ id: "other", tags: ["100%", "a_b", "back\\slash"] }),
      ]);
      const find = (search: string) => list(store, { search }, "sorted");
      expect(await find("run-")).toEqual(["Run-A", "run-b"]);
      expect(await find("order-1")).toEqual(["Run-A"]);
      expect(await find("gold")).toEqual(["Run-A"]);
      expect(await find("old")).toEqual(["run-b"]);
      expect(await find('"quo')).toEqual(["run-b"]);
      expect(await find("100%")).toEqual(["other"]);
      expect(await find("a_")).toEqual(["other"]);
      expect(await find("back\\s")).toEqual(["other"]);
      for (const nothing of [",", '","', "%", "_", "aab", "order-1x", "rder", "\\", "\n"]) {
        expect([nothing, await find(nothing)]).toEqual([nothing, []]);
      }
      expect(await find("")).toHaveLength(3);
    });

    it("takes every text for a text", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await store.insertRuns([newRun({ id: "a" })]);
      for (const text of HOSTILE_TEXTS.filter((hostile) => hostile !== "\u0000")) {
        expect(await list(store, { workflow: text })).toEqual([]);
        expect(await list(store, { owner: text })).toEqual([]);
      }
    });
  });
}

async function list(
  store: Store,
  of: Partial<ListQuery>,
  order: "listed" | "sorted" = "listed",
): Promise<string[]> {
  const ids = (await store.listRuns(listQuery(of))).map(({ id }) => id);
  return order === "sorted" ? ids.toSorted() : ids;
}
