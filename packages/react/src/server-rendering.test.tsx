// @vitest-environment jsdom
import {
  dehydrate,
  type DehydratedState,
  HydrationBoundary,
  QueryClient,
  useQueries,
  useSuspenseQuery,
} from "@tanstack/react-query";
import { act, screen, waitFor } from "@testing-library/react";
import { createTRPCOptionsProxy } from "@trpc/tanstack-react-query";
import { Component, type ReactNode, Suspense } from "react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { deserialize, serialize } from "superjson";
import { describe, expect, it, vi } from "vitest";
import { order, quick } from "../../client/src/app.fixture.js";
import {
  createProviders,
  createUi,
  useSuspenseWorkflowRun,
  useTRPC,
  useWorkflowRun,
} from "./ui.fixture.js";
import { workflowRunOptions } from "./workflow-run-options.js";
import { workflowRunsOptions } from "./workflow-runs-options.js";

const shows = async (text: string): Promise<void> =>
  await waitFor(() => expect(screen.getByTestId("run").textContent).toBe(text), { timeout: 4_000 });

const createQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { staleTime: 60_000 },
      dehydrate: { serializeData: serialize },
      hydrate: { deserializeData: deserialize },
    },
  });

async function createSite() {
  const ui = await createUi();
  const proxy = (queryClient: QueryClient) =>
    createTRPCOptionsProxy({ router: ui.router, ctx: { user: "ada" }, queryClient });
  const start = async () => {
    const { id } = await ui.engine.start(order, { amount: 5 }, { owner: "ada" });
    await ui.settled(id);
    return id;
  };
  return { ...ui, proxy, start };
}

function Shown({ id }: { readonly id: string }) {
  const { data, connection } = useWorkflowRun(id);
  return <p data-testid="run">{`${data?.status ?? "none"} ${connection}`}</p>;
}

describe("on a server", () => {
  it("renders what was prefetched, hydrates without a mismatch, and goes live", async () => {
    await using site = await createSite();
    const id = await site.start();
    const onServer = createQueryClient();
    await onServer.prefetchQuery(workflowRunOptions(site.proxy(onServer).workflow, id));
    const state = JSON.parse(JSON.stringify(dehydrate(onServer))) as DehydratedState;
    const page = (queryClient: QueryClient): ReactNode => {
      const Providers = createProviders(site, queryClient);
      return (
        <Providers>
          <HydrationBoundary state={state}>
            <Shown id={id} />
          </HydrationBoundary>
        </Providers>
      );
    };
    const html = renderToString(page(createQueryClient()));
    expect(html).toContain("waiting connecting");
    expect([site.calls("get"), site.calls("watch")]).toEqual([0, 0]);

    const container = document.body.appendChild(document.createElement("div"));
    container.innerHTML = html;
    const problems: unknown[] = [];
    const root = await act(async () =>
      hydrateRoot(container, page(createQueryClient()), {
        onRecoverableError: (error) => void problems.push(error),
      }),
    );
    await shows("waiting live");
    await site.engine.sendEvent(id, "approved", { by: "eve" });
    await shows("completed closed");
    expect(problems).toEqual([]);
    // The page went on after the snapshot that the server had rendered.
    expect([site.calls("get"), site.calls("watch")]).toEqual([0, 1]);
    act(() => root.unmount());
    container.remove();
  });

  it("renders a run that was not prefetched as pending", async () => {
    await using site = await createSite();
    const Providers = createProviders(site, createQueryClient());
    const html = renderToString(
      <Providers>
        <Shown id="any" />
      </Providers>,
    );
    expect(html).toContain("none connecting");
  });
});

describe("option factories", () => {
  it("serve loaders without hooks, in the cache that the hooks read", async () => {
    await using site = await createSite();
    const queryClient = createQueryClient();
    const { workflow } = site.proxy(queryClient);
    const id = await site.start();
    const run = await queryClient.fetchQuery(workflowRunOptions(workflow, id));
    expect(run).toMatchObject({ id, workflow: "order", status: "waiting" });
    expect(queryClient.getQueryData(workflow.get.queryKey({ id }))).toBe(run);
    const options = workflowRunsOptions(workflow, { workflow: "order" });
    const { pages } = await queryClient.fetchInfiniteQuery(options);
    expect(pages).toMatchObject([{ items: [{ id }], nextCursor: null }]);
  });

  it("serve useQueries and useSuspenseQuery", async () => {
    await using site = await createSite();
    const ids = [await site.start(), await site.start()];
    function Page() {
      const { workflow } = useTRPC();
      const runs = useQueries({ queries: ids.map((id) => workflowRunOptions(workflow, id)) });
      const first = useSuspenseQuery(workflowRunOptions(workflow, ids[0] ?? ""));
      const statuses = [first, ...runs].map(({ data }) => data?.status);
      return <p data-testid="run">{statuses.join(" ")}</p>;
    }
    site.render(
      <Suspense>
        <Page />
      </Suspense>,
    );
    await shows("waiting waiting waiting");
  });
});

class Boundary extends Component<{ readonly children: ReactNode }> {
  override state: { readonly error: Error | null } = { error: null };
  static getDerivedStateFromError(error: Error) {
    return { error };
  }
  override render() {
    const { error } = this.state;
    return error === null ? this.props.children : <p data-testid="run">{error.message}</p>;
  }
}

function Suspended({ id }: { readonly id: string }) {
  const { data, connection } = useSuspenseWorkflowRun(id);
  return <p data-testid="run">{`${data.status} ${connection}`}</p>;
}

function SuspendedQuick({ id }: { readonly id: string }) {
  const { data, connection } = useSuspenseWorkflowRun(id, { workflow: "quick" });
  return <p data-testid="run">{`${data.status} ${connection}`}</p>;
}

function Bounded({ children }: { readonly children: ReactNode }) {
  return (
    <Boundary>
      <Suspense fallback={<p data-testid="run">loading</p>}>{children}</Suspense>
    </Boundary>
  );
}

describe("useSuspenseWorkflowRun", () => {
  it("suspends, shows the run, and keeps it live to its end", async () => {
    await using site = await createSite();
    const id = await site.start();
    site.render(
      <Bounded>
        <Suspended id={id} />
      </Bounded>,
    );
    expect(screen.getByTestId("run").textContent).toBe("loading");
    await shows("waiting live");
    await site.engine.sendEvent(id, "approved", { by: "eve" });
    await shows("completed closed");
    expect(site.calls("watch")).toBe(1);
  });

  it("throws what the server answers, and a run of another workflow, to the boundary", async () => {
    await using site = await createSite();
    const silence = vi.spyOn(console, "error").mockImplementation(() => {});
    const id = await site.start();
    const { rerender } = site.render(
      <Bounded key="unknown">
        <Suspended id="unknown" />
      </Bounded>,
    );
    await shows("There is no run unknown.");
    rerender(
      <Bounded key="other">
        <SuspendedQuick id={id} />
      </Bounded>,
    );
    await shows(`Run ${id} is one of order, not of quick.`);
    const ended = await site.engine.start(quick, undefined, { owner: "ada" });
    rerender(
      <Bounded key="fitting">
        <SuspendedQuick id={ended.id} />
      </Bounded>,
    );
    await shows("completed closed");
    silence.mockRestore();
  });
});
