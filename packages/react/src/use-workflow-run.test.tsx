// @vitest-environment jsdom
import { skipToken } from "@tanstack/react-query";
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { describe, expect, it, vi } from "vitest";
import { mend, order, quick } from "../../client/src/app.fixture.js";
import type { RunId } from "./run-hook-types.js";
import { createUi, useRetryRun, useWorkflowRun } from "./ui.fixture.js";

interface Frame {
  readonly id: RunId;
  readonly shown: string | undefined;
  readonly status: string | undefined;
  readonly isPending: boolean;
  readonly connection: string;
}

/** A page with one run, which keeps what it was rendered with. */
function createPage() {
  const frames: Frame[] = [];
  const ended: string[] = [];
  function Page({ id }: { readonly id: RunId }) {
    const { data, isPending, connection, error } = useWorkflowRun(id, {
      onEnded: (run) => void ended.push(run.id),
    });
    frames.push({ id, shown: data?.id, status: data?.status, isPending, connection });
    return (
      <p data-testid="run">
        {error === null ? (data?.status ?? "none") : `error ${error.data?.code}`} {connection}
      </p>
    );
  }
  return { Page, frames, ended };
}

const shows = async (text: string): Promise<void> =>
  await waitFor(() => expect(screen.getByTestId("run").textContent).toBe(text), { timeout: 4_000 });

async function createRuns() {
  const ui = await createUi();
  const start = async (owner = "ada") => {
    const { id } = await ui.engine.start(order, { amount: 5 }, { owner });
    await ui.settled(id);
    return id;
  };
  return {
    ...ui,
    start,
    approve: async (id: string) => {
      await ui.engine.sendEvent(id, "approved", { by: "eve" });
      return await ui.settled(id);
    },
    startEnded: async () => {
      const { id } = await ui.engine.start(quick, undefined, { owner: "ada" });
      await ui.settled(id);
      return id;
    },
  };
}

describe("useWorkflowRun", () => {
  it("shows a run live to its end, over one connection, and closes it then", async () => {
    await using ui = await createRuns();
    const { Page, ended, frames } = createPage();
    const id = await ui.start();
    ui.render(<Page id={id} />);
    expect(screen.getByTestId("run").textContent).toBe("none connecting");
    await shows("waiting live");
    expect(ui.streams()).toBe(1);
    await ui.approve(id);
    await shows("completed closed");
    expect(ended).toEqual([id]);
    expect(ui.calls("watch")).toBe(1);
    await waitFor(() => expect(ui.streams()).toBe(0));
    expect(frames.every(({ shown }) => shown === undefined || shown === id)).toBe(true);
  });

  it("brings values that JSON has not, all of one commit together", async () => {
    await using ui = await createRuns();
    const id = await ui.start();
    const seen: unknown[] = [];
    function Page() {
      const { data } = useWorkflowRun(id, { workflow: "order" });
      if (data?.status === "completed") seen.push([data.output, data.steps.at(-1)?.status]);
      return <p data-testid="run">{data?.status ?? "none"}</p>;
    }
    ui.render(<Page />);
    await shows("waiting");
    await ui.approve(id);
    await shows("completed");
    for (const one of seen) {
      expect(one).toEqual([{ by: "eve", at: expect.any(Date), cents: 5n }, "completed"]);
    }
  });

  it("shows the end of a run that had ended, without a stream, and tells of it once", async () => {
    await using ui = await createRuns();
    const { Page, ended } = createPage();
    const id = await ui.startEnded();
    const { rerender } = ui.render(<Page id={id} />);
    await shows("completed closed");
    rerender(<Page id={id} />);
    expect(ended).toEqual([id]);
    expect(ui.calls("watch")).toBe(0);
  });

  it.each<RunId>([null, skipToken])(
    "does nothing for the id %s, and does not throw",
    async (id) => {
      await using ui = await createRuns();
      const { Page, frames } = createPage();
      ui.render(<Page id={id} />);
      await shows("none idle");
      expect(frames.every(({ isPending }) => isPending)).toBe(true);
      expect([ui.calls("get"), ui.calls("watch")]).toEqual([0, 0]);
    },
  );

  it("shows no frame of the run before after a change of id, and leaves one connection", async () => {
    await using ui = await createRuns();
    const { Page, frames } = createPage();
    ui.queryClient.setDefaultOptions({
      queries: { placeholderData: (previous: unknown) => previous },
    });
    const [first, second] = [await ui.start(), await ui.start()];
    const { rerender } = ui.render(<Page id={first} />);
    await shows("waiting live");
    rerender(<Page id={second} />);
    expect(screen.getByTestId("run").textContent).toBe("none connecting");
    await shows("waiting live");
    for (const { id, shown } of frames) expect([undefined, id]).toContain(shown);
    await waitFor(() => expect(ui.streams()).toBe(1));
    expect(ui.calls("watch")).toBe(2);
  });

  it("leaves no connection after a change of id and an unmount", async () => {
    await using ui = await createRuns();
    const { Page } = createPage();
    const { rerender, unmount } = ui.render(<Page id={await ui.start()} />);
    await shows("waiting live");
    rerender(<Page id={await ui.start()} />);
    await waitFor(() => expect(ui.calls("watch")).toBe(2));
    unmount();
    await waitFor(() => expect(ui.streams()).toBe(0));
  });

  it("tells of the end of a second run, and of each run once", async () => {
    await using ui = await createRuns();
    const { Page, ended } = createPage();
    const [first, second] = [await ui.start(), await ui.startEnded()];
    const { rerender } = ui.render(<Page id={first} />);
    await shows("waiting live");
    await ui.approve(first);
    await shows("completed closed");
    rerender(<Page id={second} />);
    await shows("completed closed");
    rerender(<Page id={first} />);
    await shows("completed closed");
    expect(ended).toEqual([first, second]);
  });

  it("shares one connection among hooks, and closes it with the last", async () => {
    await using ui = await createRuns();
    const { Page } = createPage();
    const id = await ui.start();
    function Pages() {
      const [count, setCount] = useState(3);
      return (
        <>
          <button onClick={() => setCount(count - 1)}>fewer</button>
          {Array.from({ length: count }, (_, index) => (
            <div key={index} data-testid={`page ${index}`}>
              <PageOf id={id} />
            </div>
          ))}
        </>
      );
    }
    const PageOf = Page;
    ui.render(<Pages />);
    await waitFor(() => expect(screen.getByTestId("page 2").textContent).toBe("waiting live"));
    expect(ui.calls("watch")).toBe(1);
    const fewer = screen.getByText("fewer");
    fireEvent.click(fewer);
    fireEvent.click(fewer);
    await waitFor(() => expect(screen.getAllByTestId("run")).toHaveLength(1));
    expect([ui.streams(), ui.calls("watch")]).toEqual([1, 1]);
    fireEvent.click(fewer);
    await waitFor(() => expect(ui.streams()).toBe(0));
  });

  it("loses nothing when it was cut between the first answer and the stream", async () => {
    await using ui = await createRuns();
    const { Page } = createPage();
    const id = await ui.start();
    ui.setNetwork("held");
    ui.render(<Page id={id} />);
    await shows("waiting connecting");
    await waitFor(() => expect(ui.streams()).toBe(1));
    await ui.approve(id);
    ui.setNetwork("up");
    ui.cut();
    await shows("completed closed");
  });

  it("loses and doubles nothing over cuts", async () => {
    await using ui = await createRuns();
    const id = await ui.start();
    const revisions: number[] = [];
    function Page() {
      const { data, connection } = useWorkflowRun(id);
      if (data !== undefined && data.revision !== revisions.at(-1)) revisions.push(data.revision);
      return (
        <p data-testid="run">
          {data?.status} {connection}
        </p>
      );
    }
    ui.render(<Page />);
    await shows("waiting live");
    ui.cut();
    await ui.engine.pause(id);
    await shows("paused live");
    ui.cut();
    await ui.engine.resume(id);
    await shows("waiting live");
    expect(revisions).toEqual([...new Set(revisions)].toSorted((a, b) => a - b));
  });

  it("recovers from a server that restarts in the middle of a run", async () => {
    await using ui = await createRuns();
    const { Page, frames } = createPage();
    const id = await ui.start();
    ui.render(<Page id={id} />);
    await shows("waiting live");
    await ui.stopServer();
    await shows("waiting reconnecting");
    await ui.engine.sendEvent(id, "approved", { by: "eve" });
    await ui.startServer();
    await shows("completed closed");
    const errors = frames.filter(({ id: of, shown }) => of === id && shown === undefined);
    expect(errors.every(({ isPending }) => isPending)).toBe(true);
  });

  it("comes up when the server does, where the first answers failed", async () => {
    await using ui = await createRuns();
    ui.queryClient.setDefaultOptions({ queries: { retry: false } });
    const { Page } = createPage();
    const id = await ui.start();
    await ui.stopServer();
    ui.render(<Page id={id} />);
    await shows("error undefined reconnecting");
    await ui.startServer();
    await shows("waiting live");
  });

  it("polls where no stream can be had, and goes live when one can", async () => {
    await using ui = await createRuns();
    const { Page } = createPage();
    const id = await ui.start();
    ui.setNetwork("noStreams");
    ui.render(<Page id={id} />);
    await shows("waiting polling");
    await ui.engine.pause(id);
    await shows("paused polling");
    ui.setNetwork("up");
    act(() => void window.dispatchEvent(new Event("online")));
    await shows("paused live");
  });

  it("loses nothing while the tab is hidden", async () => {
    await using ui = await createRuns();
    const { Page } = createPage();
    const id = await ui.start();
    ui.render(<Page id={id} />);
    await shows("waiting live");
    const hidden = vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    document.dispatchEvent(new Event("visibilitychange"));
    // As browsers do to pages that they freeze.
    await ui.stopServer();
    await ui.engine.sendEvent(id, "approved", { by: "eve" });
    await ui.startServer();
    hidden.mockRestore();
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    await shows("completed closed");
  });

  it("tells at once that a run is unknown, or somebody else's", async () => {
    await using ui = await createRuns();
    const { Page } = createPage();
    const { rerender } = ui.render(<Page id="unknown" />);
    await shows("error NOT_FOUND closed");
    rerender(<Page id={await ui.start("bob")} />);
    await shows("error NOT_FOUND closed");
    expect([ui.calls("get"), ui.calls("watch")]).toEqual([2, 0]);
  });

  it("shows that a session was revoked in the middle, and closes", async () => {
    await using ui = await createRuns();
    const { Page } = createPage();
    ui.render(<Page id={await ui.start()} />);
    await shows("waiting live");
    ui.revoke("ada");
    await shows("error UNAUTHORIZED closed");
    await waitFor(() => expect(ui.streams()).toBe(0));
  });

  it("takes a run of another workflow for an error", async () => {
    await using ui = await createRuns();
    const id = await ui.start();
    function Page() {
      const { data, error, isError, connection } = useWorkflowRun(id, { workflow: "quick" });
      return (
        <p data-testid="run">
          {isError ? error.message : (data?.status ?? "none")} {connection}
        </p>
      );
    }
    ui.render(<Page />);
    await shows(`Run ${id} is one of order, not of quick. closed`);
    expect(ui.calls("watch")).toBe(0);
  });

  it("goes live again with a run that is put back to work", async () => {
    await using ui = await createRuns();
    mend(false);
    const { id } = await ui.engine.start("fragile", undefined, { owner: "ada" });
    const { Page, ended } = createPage();
    function PageWithRetry() {
      const retry = useRetryRun();
      return (
        <>
          <button onClick={() => retry.mutate({ id })}>retry</button>
          <Page id={id} />
        </>
      );
    }
    ui.render(<PageWithRetry />);
    await shows("failed closed");
    mend(true);
    fireEvent.click(screen.getByText("retry"));
    await shows("completed closed");
    expect(ended).toEqual([id]);
    mend(false);
  });

  it("keeps the newest when an older answer comes late, and takes a newer one of invalidate", async () => {
    await using ui = await createRuns();
    const { Page } = createPage();
    const id = await ui.start();
    ui.render(<Page id={id} />);
    await shows("waiting live");
    const [query] = ui.queryClient.getQueryCache().getAll();
    const old = query?.state.data;
    await ui.engine.pause(id);
    await shows("paused live");
    await act(async () => await query?.fetch({ ...query.options, queryFn: () => old }));
    expect(screen.getByTestId("run").textContent).toBe("paused live");
    await act(async () => await ui.queryClient.invalidateQueries());
    expect(screen.getByTestId("run").textContent).toBe("paused live");
  });
});
