import { describe, expect, it } from "vitest";
import { newRecord, TOKEN } from "../testing/store-conformance/fixtures.js";
import { explainRecord, type FenceRow, passesFence } from "./record-fence.js";

const ROW: FenceRow = {
  leaseToken: TOKEN,
  status: "running",
  commits: 4,
  workerId: "worker-1",
  revision: 9,
  wakes: 1,
  paused: false,
};
const APPLIED = { applied: true, released: false, revision: 9, wakes: 1, paused: false };
const LOST = { applied: false, reason: "lost" };

describe("explainRecord", () => {
  it.each([
    ["the row is gone", null, 5, LOST],
    ["another claim was made", { ...ROW, leaseToken: "other" }, 5, LOST],
    ["it was applied before", ROW, 4, APPLIED],
    ["a later one was applied too", ROW, 3, APPLIED],
    ["it ended the run", { ...ROW, status: "failed", workerId: null }, 4, { released: true }],
    ["an end was recorded", { ...ROW, status: "compensating" }, 5, { reason: "phase" }],
    ["the lease was given up", { ...ROW, workerId: null }, 5, LOST],
    ["one between is missing", ROW, 6, LOST],
    ["nothing speaks against it but a lock", ROW, 5, { applied: false, reason: "locked" }],
  ] as const)("answers when %s", (_, row, commit, answer) => {
    expect(explainRecord(newRecord("a", { commit }), row)).toMatchObject(answer);
  });
});

describe("passesFence", () => {
  it("lets only the next record of the lease pass", () => {
    const passing = [3, 4, 5, 6].filter((commit) => passesFence(newRecord("a", { commit }), ROW));
    expect(passing).toEqual([5]);
  });
});
