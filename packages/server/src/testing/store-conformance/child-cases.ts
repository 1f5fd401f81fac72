import { describe, expect, it } from "vitest";
import type { RunChange, RunState, Store } from "../../store/store.js";
import {
  continueAs,
  end,
  inPhase,
  newLog,
  newRecord,
  newRun,
  newWrite,
  setRun,
  startClaimed,
  undo,
} from "./fixtures.js";
import { type CreateStore, readRow } from "./harness.js";

/** Changes that reach the children of a run: `change` and `recordAndChangeChildren`. */
export function childCases(createStore: CreateStore): void {
  describe("changeChildren", () => {
    it("shows running children that are awaited, in the order of ids, and their own in turn", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startFamily(store);
      const seen: string[] = [];
      const write = newWrite({ changeChildren: cancelInto(seen) });
      await store.change("root", () => ({ result: null, write }));
      expect(seen).toEqual(["child-1", "grandchild", "child-2"]);
      await expectCancelled(store, ["child-1", "grandchild", "child-2"]);
    });

    it("writes nothing anywhere when a decision for a child throws", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startFamily(store);
      const before = await rowsOf(store, FAMILY);
      const logs = [newLog("gone")];
      const write = newWrite({ run: { paused: true }, logs, changeChildren: failingAt("child-2") });
      const change = store.change("root", () => ({ result: null, write }));
      await expect(change).rejects.toThrow("child-2 refuses");
      expect(await rowsOf(store, FAMILY)).toEqual(before);
      expect(await store.readLogs("root", { step: null, after: 0, limit: 9 })).toEqual([]);
    });
  });

  describe("recordAndChangeChildren", () => {
    it.each([undo(), end("failed", { cause: "error" }), continueAs()])(
      "changes running children together with $kind",
      async (transition) => {
        await using harness = await createStore();
        const { store } = harness;
        await startFamily(store);
        const seen: string[] = [];
        const record = newRecord("root", { transition });
        const answer = await store.recordAndChangeChildren(record, cancelInto(seen));
        expect(answer).toMatchObject({ applied: true, revision: 2, wakes: 0 });
        expect(seen).toEqual(["child-1", "grandchild", "child-2"]);
        await expectCancelled(store, ["child-1", "grandchild", "child-2"]);
      },
    );

    it("changes no child when the record is refused", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startFamily(store);
      const before = await rowsOf(store, FAMILY);
      const record = newRecord("root", { token: "other", transition: undo() });
      const seen: string[] = [];
      expect(await store.recordAndChangeChildren(record, cancelInto(seen))).toEqual({
        applied: false,
        reason: "lost",
      });
      expect(seen).toEqual([]);
      expect(await rowsOf(store, FAMILY)).toEqual(before);
    });

    it("records nothing when a decision for a child throws", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startFamily(store);
      const before = await rowsOf(store, FAMILY);
      const record = newRecord("root", { logs: [newLog("gone")], transition: undo() });
      const recorded = store.recordAndChangeChildren(record, failingAt("child-2"));
      await expect(recorded).rejects.toThrow("child-2 refuses");
      expect(await rowsOf(store, FAMILY)).toEqual(before);
      expect(await store.readLogs("root", { step: null, after: 0, limit: 9 })).toEqual([]);
    });

    it("answers a repeated record as applied, and asks no child again", async () => {
      await using harness = await createStore();
      const { store } = harness;
      await startFamily(store);
      const record = newRecord("root", { transition: end("failed") });
      const first = await store.recordAndChangeChildren(record, cancelInto([]));
      const seen: string[] = [];
      expect(await store.recordAndChangeChildren(record, cancelInto(seen))).toEqual(first);
      expect(seen).toEqual([]);
    });
  });
}

const FAMILY = ["root", "child-1", "child-2", "grandchild", "spawned", "ended", "stranger"];

async function startFamily(store: Store): Promise<void> {
  await startClaimed(store, "root");
  const ofRoot = { parentId: "root", parentKey: "k" };
  await store.insertRuns([
    newRun({ id: "child-2", ...ofRoot }),
    newRun({ id: "child-1", ...ofRoot }),
    newRun({ id: "spawned", ...ofRoot, detached: true }),
    newRun({ id: "ended", ...ofRoot }),
    newRun({ id: "grandchild", parentId: "child-1", parentKey: "k" }),
    newRun({ id: "stranger" }),
  ]);
  await setRun(store, "ended", inPhase("completed"));
}

function cancelInto(seen: string[]) {
  const cancel = ({ run }: RunState): RunChange<void> => {
    seen.push(run.id);
    const write = newWrite({ run: inPhase("cancelled"), changeChildren: cancel });
    return { result: undefined, write };
  };
  return cancel;
}

function failingAt(id: string) {
  return ({ run }: RunState): RunChange<void> => {
    if (run.id === id) throw new Error(`${id} refuses`);
    return { result: undefined, write: newWrite({ run: inPhase("cancelled") }) };
  };
}

async function expectCancelled(store: Store, ids: readonly string[]): Promise<void> {
  for (const id of FAMILY.filter((member) => member !== "root")) {
    const { status } = await readRow(store, id);
    expect([id, status === "cancelled"]).toEqual([id, ids.includes(id)]);
  }
}

function rowsOf(store: Store, ids: readonly string[]): Promise<unknown> {
  return Promise.all(ids.map((id) => readRow(store, id)));
}
