import { describe } from "vitest";
import { changeCases } from "./store-conformance/change-cases.js";
import { childCases } from "./store-conformance/child-cases.js";
import { eventCases } from "./store-conformance/event-cases.js";
import { fenceCases } from "./store-conformance/fence-cases.js";
import type { CreateStore } from "./store-conformance/harness.js";
import { holdCases } from "./store-conformance/hold-cases.js";
import { insertCases } from "./store-conformance/insert-cases.js";
import { listCases } from "./store-conformance/list-cases.js";
import { pruneCases } from "./store-conformance/prune-cases.js";
import { readCases } from "./store-conformance/read-cases.js";
import { reclaimCases } from "./store-conformance/reclaim-cases.js";
import { recordCases } from "./store-conformance/record-cases.js";
import { rollbackCases } from "./store-conformance/rollback-cases.js";
import { sweepCases } from "./store-conformance/sweep-cases.js";
import { takeoverCases } from "./store-conformance/takeover-cases.js";
import { transitionCases } from "./store-conformance/transition-cases.js";

export type { CreateStore, StoreHarness } from "./store-conformance/harness.js";

/**
 * Declares what every store must do, as tests on a store that `createStore` gives empty to each case.
 * The cases need no virtual clock: on a real one they wait for some milliseconds. A store without
 * `hasTransactions` takes no part in the caller's.
 */
export function describeStore(
  name: string,
  createStore: CreateStore,
  { hasTransactions = true }: { readonly hasTransactions?: boolean } = {},
): void {
  describe(name, () => {
    insertCases(createStore);
    sweepCases(createStore);
    takeoverCases(createStore);
    reclaimCases(createStore);
    fenceCases(createStore);
    recordCases(createStore);
    transitionCases(createStore);
    eventCases(createStore);
    changeCases(createStore);
    childCases(createStore);
    holdCases(createStore);
    pruneCases(createStore);
    readCases(createStore);
    listCases(createStore);
    if (hasTransactions) rollbackCases(createStore);
  });
}
