import { createTRPCClient, httpLink, TRPCClientError } from "@trpc/client";
import { isWorkflowError } from "@trpc-workflow/server";
import superjson from "superjson";
import { afterEach, describe, expect, it } from "vitest";
import { type AppRouter, mend, order, quick } from "./app.fixture.js";
import { createWorkflowClient } from "./create-workflow-client.js";
import { ResultTimeoutError, RunCancelledError, RunFailedError } from "./errors.js";
import { serveApp } from "./served-app.fixture.js";

async function createClient(user?: string) {
  const app = await serveApp();
  return { ...app, workflows: createWorkflowClient(app.client(user).workflow) };
}

afterEach(() => mend(false));

/** What a watcher was given, up to the one that is so. */
async function until<T>(snapshots: AsyncIterable<T>, isSo: (snapshot: T) => boolean): Promise<T[]> {
  const seen: T[] = [];
  for await (const snapshot of snapshots) {
    seen.push(snapshot);
    if (isSo(snapshot)) break;
  }
  return seen;
}

const codeOf = (error: unknown): unknown =>
  error instanceof TRPCClientError ? (error.data as { code?: string } | undefined)?.code : error;

describe("start", () => {
  it("starts a run by name, and once for one idempotency key", async () => {
    await using app = await createClient();
    const options = { idempotencyKey: "one", tags: ["a"] };
    const run = await app.workflows.start("order", { amount: 1 }, options);
    const again = await app.workflows.start("order", { amount: 1 }, options);
    expect([run.created, again.created]).toEqual([true, false]);
    expect(again.id).toBe(run.id);
    expect(await run.get()).toMatchObject({ workflow: "order", tags: ["a"], owner: "ada" });
  });

  it("takes no input where the workflow has none", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("quick");
    expect(await run.result()).toBeInstanceOf(Date);
  });
});

describe("watch", () => {
  it("gives what changes, and ends with the run", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("order", { amount: 5 });
    const seen: string[] = [];
    for await (const snapshot of run.watch()) {
      seen.push(snapshot.status);
      if (snapshot.status === "waiting") await run.sendEvent("approved", { by: "eve" });
      if (snapshot.status === "completed") {
        expect(snapshot.output).toEqual({ by: "eve", at: expect.any(Date), cents: 5n });
      }
    }
    expect(seen.at(-1)).toBe("completed");
    expect(seen).toContain("waiting");
    await expect.poll(app.streams).toBe(0);
  });

  it("shares one connection among all that follow a run", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("order", { amount: 1 });
    const other = app.workflows.getHandle(run.id, "order");
    const watchers = [run.watch(), other.watch(), other.watch()].map((snapshots) =>
      until(snapshots, ({ status }) => status === "completed"),
    );
    const result = other.result();
    await expect.poll(() => app.calls("watch")).toBe(1);
    await other.sendEvent("approved", { by: "eve" });
    expect(await result).toMatchObject({ by: "eve" });
    for (const seen of await Promise.all(watchers)) expect(seen.at(-1)?.status).toBe("completed");
    expect(app.calls("watch")).toBe(1);
    await expect.poll(app.streams).toBe(0);
  });

  it("shows the end of a run that had ended", async () => {
    await using app = await createClient();
    const { id } = await app.engine.start(quick, undefined, { owner: "ada" });
    await app.settled(id);
    const seen = await until(app.workflows.getHandle(id, "quick").watch(), () => false);
    expect(seen.map(({ status }) => status)).toEqual(["completed"]);
  });

  it("loses and doubles nothing over cuts", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("order", { amount: 1 });
    await app.settled(run.id);
    const revisions: number[] = [];
    const watcher = (async () => {
      for await (const snapshot of run.watch()) revisions.push(snapshot.revision);
    })();
    for (let i = 0; i < 3; i += 1) {
      await expect.poll(app.streams).toBe(1);
      app.cut();
      // While nobody is connected.
      await app.engine.pause(run.id);
      await app.engine.resume(run.id);
    }
    await run.sendEvent("approved", { by: "eve" });
    await watcher;
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
    expect(revisions.at(-1)).toBe((await app.settled(run.id)).revision);
  });

  it("goes on after the server was away", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("order", { amount: 1 });
    const result = run.result();
    await expect.poll(app.streams).toBe(1);
    await app.stopServer();
    await app.engine.sendEvent(run.id, "approved", { by: "eve" });
    await app.startServer();
    expect(await result).toMatchObject({ by: "eve" });
  });

  it("polls where no stream can be had", async () => {
    await using app = await createClient();
    app.setNetwork("noStreams");
    const run = await app.workflows.start("order", { amount: 1 });
    const seen = until(run.watch(), ({ status }) => status === "completed");
    await expect.poll(() => app.calls("get")).toBeGreaterThan(0);
    await run.sendEvent("approved", { by: "eve" });
    expect((await seen).at(-1)).toMatchObject({ status: "completed", output: { by: "eve" } });
  });

  it("polls where the client has no link for subscriptions", async () => {
    await using app = await createClient();
    const link = httpLink({
      url: app.url,
      transformer: superjson,
      headers: { authorization: "ada" },
    });
    const trpc = createTRPCClient<AppRouter>({ links: [link] });
    const run = await createWorkflowClient(trpc.workflow).start("quick");
    expect(await run.result()).toBeInstanceOf(Date);
  });

  it("throws what the server answers for a run that is unknown, or somebody else's", async () => {
    await using app = await createClient("bob");
    const { id } = await app.engine.start(order, { amount: 1 }, { owner: "ada" });
    for (const handle of [app.workflows.getHandle(id), app.workflows.getHandle("unknown")]) {
      const error: unknown = await until(handle.watch(), () => false).catch((e: unknown) => e);
      expect(codeOf(error)).toBe("NOT_FOUND");
    }
    await expect.poll(app.streams).toBe(0);
  });

  it("ends when a session is revoked in the middle", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("order", { amount: 1 });
    const watcher = until(run.watch(), () => false).catch(codeOf);
    await expect.poll(app.streams).toBe(1);
    app.revoke("ada");
    expect(await watcher).toBe("UNAUTHORIZED");
    await expect.poll(app.streams).toBe(0);
  });

  it("ends quietly on abort, and on break, and leaves no connection", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("order", { amount: 1 });
    const scope = new AbortController();
    const aborted = until(run.watch({ signal: scope.signal }), () => false);
    await until(run.watch(), ({ status }) => status === "waiting");
    expect(app.streams()).toBe(1);
    scope.abort();
    await aborted;
    await expect.poll(app.streams).toBe(0);
  });
});

describe("result", () => {
  it("throws RunFailedError with the run and its error", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("fragile");
    const error: unknown = await run.result().catch((e: unknown) => e);
    expect(error).toBeInstanceOf(RunFailedError);
    expect(error).toMatchObject({
      name: "RunFailedError",
      code: "RUN_FAILED",
      runId: run.id,
      message: `Run ${run.id} of fragile failed: broken`,
      run: { status: "failed" },
      cause: { name: "NonRetryableError", message: "broken", code: "NON_RETRYABLE" },
    });
    expect((error as Error).cause).toBeInstanceOf(Error);
    expect(isWorkflowError(error, "RUN_FAILED")).toBe(true);
  });

  it("throws RunCancelledError for a run that was cancelled", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("order", { amount: 1 });
    const result = run.result();
    await app.settled(run.id);
    await run.cancel({ reason: "ordered twice" });
    await expect(result).rejects.toBeInstanceOf(RunCancelledError);
    await expect(result).rejects.toMatchObject({ code: "RUN_CANCELLED", run: { id: run.id } });
  });

  it("throws ResultTimeoutError past its timeout, and leaves no connection", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("order", { amount: 1 });
    const error: unknown = await run.result({ timeout: "50ms" }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(ResultTimeoutError);
    expect(error).toMatchObject({ code: "RESULT_TIMEOUT", runId: run.id });
    await expect.poll(app.streams).toBe(0);
  });

  it("throws the reason of an aborted signal", async () => {
    await using app = await createClient();
    const run = await app.workflows.start("order", { amount: 1 });
    const reason = new Error("enough");
    const scope = new AbortController();
    const result = run.result({ signal: scope.signal });
    scope.abort(reason);
    await expect(result).rejects.toBe(reason);
    await expect(run.result({ signal: scope.signal })).rejects.toBe(reason);
  });

  it("refuses a bad timeout", async () => {
    await using app = await createClient();
    const handle = app.workflows.getHandle("any");
    await expect(handle.result({ timeout: -1 })).rejects.toBeInstanceOf(RangeError);
    // @ts-expect-error -- not a unit
    await expect(handle.result({ timeout: "1 month" })).rejects.toBeInstanceOf(RangeError);
  });
});

it("sends an event by a handle that knows no workflow", async () => {
  await using app = await createClient();
  const { id } = await app.workflows.start("order", { amount: 1 });
  const handle = app.workflows.getHandle(id);
  await handle.sendEvent("noted");
  await handle.sendEvent("approved", { by: "eve" }, { dedupeKey: "once" });
  expect(await handle.result()).toMatchObject({ by: "eve" });
});

it("goes on with a run that was put back to work", async () => {
  await using app = await createClient();
  const run = await app.workflows.start("fragile");
  await expect(run.result()).rejects.toBeInstanceOf(RunFailedError);
  mend(true);
  await app.engine.retry(run.id);
  expect(await app.workflows.getHandle(run.id, "fragile").result()).toBe("mended");
});
