import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render } from "@testing-library/react";
import { createTRPCContext } from "@trpc/tanstack-react-query";
import { type ReactNode, StrictMode } from "react";
import type { AppRouter } from "../../client/src/app.fixture.js";
import { type ServedApp, serveApp } from "../../client/src/served-app.fixture.js";
import { createWorkflowHooks } from "./create-workflow-hooks.js";

export const { TRPCProvider, useTRPC } = createTRPCContext<AppRouter>();

export const {
  useCancelRun,
  useRetryRun,
  useSendEvent,
  useStartWorkflow,
  useSuspenseWorkflowRun,
  useWorkflowRun,
  useWorkflowRuns,
  useWorkflowStream,
} = createWorkflowHooks(() => useTRPC().workflow);

/** The providers of an app, as its documentation has them. */
export function createProviders(app: Pick<ServedApp, "client">, queryClient: QueryClient) {
  const trpcClient = app.client();
  return function Providers({ children }: { readonly children: ReactNode }) {
    return (
      <StrictMode>
        <QueryClientProvider client={queryClient}>
          <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
            {children}
          </TRPCProvider>
        </QueryClientProvider>
      </StrictMode>
    );
  };
}

/** A served app and a page of it, in StrictMode; what is mounted is unmounted at the end. */
export async function createUi() {
  const app = await serveApp();
  const queryClient = new QueryClient();
  const Providers = createProviders(app, queryClient);
  return {
    ...app,
    queryClient,
    Providers,
    render: (page: ReactNode) => render(page, { wrapper: Providers }),
    [Symbol.asyncDispose]: async () => {
      cleanup();
      queryClient.clear();
      await app[Symbol.asyncDispose]();
    },
  };
}
