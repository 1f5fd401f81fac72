import { describe, expect, it } from "vitest";
import { defineWorkflow } from "../../core/define-workflow.js";
import type { TestBench } from "../../testing/test-bench.js";
import { crashAtEachWrite } from "../undo/crash-bench.fixture.js";

/** A parent with a child that sleeps, both with something to undo, and the order in which that was. */
function createFamily() {
  const undone: string[] = [];
  const child = defineWorkflow({
    name: "child",
    run: async ({ step, sleep }) => {
      await step("a", () => 1, { compensate: () => void undone.push("child") });
      await sleep("a day", "1 day");
    },
  });
  const parent = defineWorkflow({
    name: "parent",
    run: async ({ step, invoke }) => {
      await step("before", () => 1, { compensate: () => void undone.push("before") });
      await invoke("child", child, undefined, {
        compensate: () => void undone.push("invoke"),
      });
    },
  });
  return { parent, child, undone };
}

/** Until the child sleeps, whatever happens on the way there. */
async function untilChildSleeps(bench: TestBench): Promise<void> {
  for (let isAsleep = false; !isAsleep;) {
    if (!bench.hasWorker) await bench.startWorker();
    await bench.runDue();
    const { items } = await bench.engine.list({ workflow: "child", status: "waiting" });
    isAsleep = items.length === 1;
  }
}

describe("a crash at any write of a parent or its child", () => {
  it("leaves one child, which is undone before its parent", async () => {
    let family = createFamily();
    const writes = await crashAtEachWrite(
      () => {
        family = createFamily();
        return [family.parent, family.child];
      },
      async (bench) => {
        const { id } = await bench.engine.start("parent");
        await untilChildSleeps(bench);
        expect((await bench.engine.list({ workflow: "child" })).items).toHaveLength(1);
        await bench.engine.cancel(id);
        return id;
      },
      (run) => {
        expect(run).toMatchObject({ status: "compensated", cause: "cancel" });
        // One that was cut off before its record is called again, and no other in between.
        const order = family.undone.filter((name, index, all) => name !== all[index - 1]);
        expect(order).toEqual(["child", "invoke", "before"]);
      },
    );
    expect(writes).toBeGreaterThan(8);
  });
});
