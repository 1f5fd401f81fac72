import { expect, it } from "vitest";
import { NonRetryableError } from "../../core/errors.js";
import { defineWorkflow } from "../../core/define-workflow.js";
import { crashEverywhere } from "../../testing/crash-everywhere.js";
import { createTestEngine } from "../../testing/create-test-engine.js";

it("never replays a child that failed as one that succeeded, wherever a worker is killed", async () => {
  const child = defineWorkflow({
    name: "child",
    run: async ({ step }) => {
      await step("refuse", () => {
        throw new NonRetryableError("no");
      });
    },
  });
  const parent = defineWorkflow({
    name: "parent",
    run: async ({ invoke, sleep, step }) => {
      const seen = await invoke("child", child).then(
        () => "succeeded",
        (error: Error) => `${error.name}: ${(error.cause as Error).message}`,
      );
      await sleep("a while", "1 hour");
      return step("after", () => seen);
    },
  });
  await crashEverywhere(parent, undefined, { workflows: [child] });

  await using t = await createTestEngine({ workflows: [parent, child] });
  const run = await t.engine.start(parent);
  await t.advance("1 hour");
  await t.settled(run.id);
  expect(await run.result()).toMatch(/^ChildRunError: .*no/);
});
