// @vitest-environment jsdom
import { act, renderHook, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { order } from "../../client/src/app.fixture.js";
import {
  createUi,
  useCancelRun,
  useSendEvent,
  useStartWorkflow,
  useWorkflowRun,
  useWorkflowRuns,
} from "./ui.fixture.js";

describe("useStartWorkflow", () => {
  it("starts a run, and the lists show it", async () => {
    await using ui = await createUi();
    const { result } = renderHook(
      () => ({ start: useStartWorkflow("order"), runs: useWorkflowRuns() }),
      { wrapper: ui.Providers },
    );
    await waitFor(() => expect(result.current.runs.data?.pages[0]?.items).toEqual([]));
    const { id } = await act(async () => await result.current.start.mutateAsync({ amount: 1 }));
    await waitFor(() =>
      expect(result.current.runs.data?.pages[0]?.items).toMatchObject([{ id, owner: "ada" }]),
    );
    await waitFor(() => expect(result.current.start.data).toEqual({ id, created: true }));
    expect(result.current.start.variables).toEqual({ amount: 1 });
  });

  it("starts one run for one mutate whose first answer was lost, and another for another", async () => {
    await using ui = await createUi();
    const { result } = renderHook(() => useStartWorkflow("order", { retry: 3, retryDelay: 0 }), {
      wrapper: ui.Providers,
    });
    ui.loseAnswers(1);
    const first = await act(async () => await result.current.mutateAsync({ amount: 1 }));
    expect(ui.calls("start")).toBe(2);
    expect(first.created).toBe(false);
    const second = await act(async () => await result.current.mutateAsync({ amount: 1 }));
    expect(second.id).not.toBe(first.id);
    expect((await ui.engine.list()).items).toHaveLength(2);
  });

  it("takes the options of a mutation", async () => {
    await using ui = await createUi();
    const started: unknown[] = [];
    const { result } = renderHook(
      () => useStartWorkflow("quick", { onSuccess: ({ id }) => void started.push(id) }),
      { wrapper: ui.Providers },
    );
    act(() => result.current.mutate());
    await waitFor(() => expect(result.current.isSuccess).toBe(true));
    expect(started).toEqual([result.current.data?.id]);
  });

  it("shows what the server refuses", async () => {
    await using ui = await createUi();
    const { result } = renderHook(() => useStartWorkflow("order"), { wrapper: ui.Providers });
    // @ts-expect-error -- not what the workflow takes
    act(() => result.current.mutate({ amount: "much" }));
    await waitFor(() => expect(result.current.error?.data?.code).toBe("BAD_REQUEST"));
  });
});

describe("useSendEvent and useCancelRun", () => {
  it("send one event for one mutate whose answer was lost, and cancel", async () => {
    await using ui = await createUi();
    const { id } = await ui.engine.start(order, { amount: 1 }, { owner: "ada" });
    await ui.settled(id);
    const { result } = renderHook(
      () => ({
        send: useSendEvent("order", { retry: 1, retryDelay: 0 }),
        cancel: useCancelRun(),
        run: useWorkflowRun(id),
      }),
      { wrapper: ui.Providers },
    );
    await waitFor(() => expect(result.current.run.connection).toBe("live"));
    ui.loseAnswers(1);
    await act(async () => await result.current.send.mutateAsync({ id, event: "noted" }));
    expect(ui.calls("sendEvent")).toBe(2);
    expect((await ui.engine.export(id)).events).toHaveLength(1);
    await act(async () => await result.current.cancel.mutateAsync({ id, reason: "enough" }));
    await waitFor(() => expect(result.current.run.data?.status).toBe("cancelled"));
  });
});

describe("useWorkflowRuns", () => {
  it("pages, filters by workflow, and is read again while a run goes on", async () => {
    await using ui = await createUi();
    for (let amount = 1; amount <= 3; amount += 1) {
      await ui.engine.start(order, { amount }, { owner: "ada" });
    }
    await ui.engine.start("quick", undefined, { owner: "ada" });
    const { result } = renderHook(() => useWorkflowRuns({ workflow: "order", limit: 2 }), {
      wrapper: ui.Providers,
    });
    await waitFor(() => expect(result.current.data?.pages[0]?.items).toHaveLength(2));
    expect(result.current.hasNextPage).toBe(true);
    await act(async () => await result.current.fetchNextPage());
    await waitFor(() => expect(result.current.data?.pages).toHaveLength(2));
    expect(result.current.hasNextPage).toBe(false);
    const items = result.current.data?.pages.flatMap((page) => page.items) ?? [];
    expect(items.map(({ workflow }) => workflow)).toEqual(["order", "order", "order"]);
    for (const { id } of items) await ui.engine.cancel(id);
    await waitFor(
      () => {
        const runs = result.current.data?.pages.flatMap((page) => page.items) ?? [];
        expect(runs.map(({ status }) => status)).toEqual(Array(3).fill("cancelled"));
      },
      { timeout: 4_000 },
    );
    await waitFor(() => expect(result.current.isFetching).toBe(false));
  });
});
