import type { RecordAnswer, RunChange, RunRecord, RunState, Store } from "../../store/store.js";
import type { Audit } from "./audit.fixture.js";

/** The same store, telling the audit of what was written, when it was. */
export function noteWrites(store: Store, audit: Audit): Store {
  const note = (record: RunRecord, answer: RecordAnswer | undefined): void => {
    if (answer?.applied === true) audit.recorded(record);
  };
  const verbs: Partial<Store> = {
    record: async (records) => {
      const answers = await store.record(records);
      for (const [index, record] of records.entries()) note(record, answers[index]);
      return answers;
    },
    recordAndChangeChildren: async (record, changeChildren) => {
      const answer = await store.recordAndChangeChildren(record, changeChildren);
      note(record, answer);
      return answer;
    },
    change: async <T>(runId: string, decide: (state: RunState) => RunChange<T>) => {
      // Asked again after a conflict: the last answer is the one that was written.
      const last: RunChange<T>[] = [];
      const result = await store.change(runId, (state) => {
        const change = decide(state);
        last[0] = change;
        return change;
      });
      const write = last[0]?.write ?? null;
      if (write !== null) audit.changed(runId, write);
      return result;
    },
  };
  return new Proxy(store, {
    get: (target, verb) => (Reflect.get(verbs, verb) ?? Reflect.get(target, verb)) as unknown,
  });
}
