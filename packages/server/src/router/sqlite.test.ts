import { createSqliteDatabase } from "@trpc-workflow/test-databases";
import { expect, it } from "vitest";
import { createWorkflowEngine } from "../engine/create-workflow-engine.js";
import { failing, order } from "./app.fixture.js";
import { createWorkflowRouter } from "./create-workflow-router.js";
import { codeOf, connect, serve, subscribe, t } from "./http.fixture.js";

it(
  "starts, watches, approves and lists over HTTP on a real database",
  { timeout: 30_000 },
  async () => {
    await using database = await createSqliteDatabase();
    const engine = createWorkflowEngine({ prisma: database.prisma, workflows: [order, failing] });
    const router = t.router({
      workflow: createWorkflowRouter(engine, {
        procedure: t.procedure,
        owner: ({ ctx }) => ctx.token ?? "",
      }),
    });
    await using served = await serve(router);
    const ada = connect<typeof router>(served.url, "ada").workflow;
    const bob = connect<typeof router>(served.url, "bob").workflow;
    try {
      await engine.startWorker();
      const { id } = await ada.start.mutate({ workflow: "order", input: { amount: 1 } });
      const tokens = subscribe(ada.stream, { id, stream: "tokens" });
      const watch = subscribe(ada.watch, { id });
      await watch.until(({ data }) => data.status === "waiting");
      expect(await codeOf(bob.sendEvent.mutate({ id, event: "lost" }))).toBe("NOT_FOUND");
      await ada.sendEvent.mutate({
        id,
        workflow: "order",
        event: "approved",
        payload: { by: "eve" },
      });
      await Promise.all([watch.ended, tokens.ended]);
      expect(watch.events.at(-1)?.data).toMatchObject({
        status: "completed",
        output: { by: "eve", cents: 120n, prices: new Map([["pen", 1.5]]) },
        progress: { percent: 50 },
      });
      expect(tokens.events.map(({ data }) => data.value)).toEqual(["a", "b", "c"]);
      expect(await ada.stats.query()).toEqual({
        counts: [{ workflow: "order", status: "completed", count: 1 }],
      });
      expect(await bob.stats.query()).toEqual({ counts: [] });
      expect((await bob.list.query({ search: id.slice(0, 8) })).items).toEqual([]);
      expect((await ada.list.query({ search: id.slice(0, 8) })).items).toHaveLength(1);
    } finally {
      await engine.stop({ drain: 0 });
    }
  },
);
