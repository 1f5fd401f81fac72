import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createTRPCClient,
  httpBatchLink,
  httpSubscriptionLink,
  splitLink,
  TRPCClientError,
  type TRPCLink,
} from "@trpc/client";
import { type AnyTRPCRouter, initTRPC } from "@trpc/server";
import { createHTTPServer } from "@trpc/server/adapters/standalone";
import { EventSource } from "eventsource";
import superjson from "superjson";

/** What the apps under test know of a caller. */
export interface AppContext {
  readonly token: string | undefined;
}

/** As in production: no stack leaves the server. */
export const t = initTRPC.context<AppContext>().create({ transformer: superjson, isDev: false });
export const plain = initTRPC.context<AppContext>().create({ isDev: false });

export interface Served extends AsyncDisposable {
  readonly url: string;
  /** How many subscriptions are open. */
  readonly connections: () => number;
}

/** Serves a router over HTTP on a free port. */
export async function serve(router: AnyTRPCRouter): Promise<Served> {
  const open = new Set<IncomingMessage>();
  const server = createHTTPServer({
    router,
    createContext: ({ req, res }) => {
      if (req.headers.accept === "text/event-stream") {
        open.add(req);
        res.once("close", () => open.delete(req));
      }
      return { token: req.headers.authorization } satisfies AppContext;
    },
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    connections: () => open.size,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A client of an app with superjson, signed in with this token. */
export function connect<TRouter extends typeof emptyRouter>(url: string, token: string) {
  // The transformer that tRPC asks for depends on a router that is not known here.
  const link = linkTo(url, token, superjson) as unknown as TRPCLink<TRouter>;
  return createTRPCClient<TRouter>({ links: [link] });
}

/** A client of an app without a transformer. */
export function connectPlain<TRouter extends typeof emptyPlainRouter>(url: string, token: string) {
  const link = linkTo(url, token) as unknown as TRPCLink<TRouter>;
  return createTRPCClient<TRouter>({ links: [link] });
}

const emptyRouter = t.router({});
const emptyPlainRouter = plain.router({});

function linkTo(url: string, token: string, transformer?: typeof superjson) {
  const headers = { authorization: token };
  const options = { url, transformer } as { url: string; transformer: typeof superjson };
  return splitLink<typeof emptyRouter>({
    condition: ({ type }) => type === "subscription",
    true: httpSubscriptionLink({
      ...options,
      EventSource,
      eventSourceOptions: {
        fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
      },
    }),
    false: httpBatchLink({ ...options, headers }),
  });
}

/** What became of a call: `"ok"`, or the code of the error that the client was told. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "ok";
  } catch (error) {
    return errorData(error).code;
  }
}

/** What the client was told of an error. */
export function errorData(error: unknown): { code: string; message: string; stack?: string } {
  if (!(error instanceof TRPCClientError)) throw error;
  const data = error.data as { code: string; stack?: string } | undefined;
  if (data === undefined) throw error;
  return { ...data, message: error.message };
}

interface Subscribable<TInput, TEvent> {
  subscribe: (
    input: TInput,
    callbacks: {
      onData: (event: TEvent) => void;
      onError: (error: unknown) => void;
      onComplete: () => void;
    },
  ) => { unsubscribe: () => void };
}

export interface Subscription<TEvent> {
  readonly events: TEvent[];
  /** Resolves with the first event, of those received and those to come, that is so. */
  readonly until: (isSo: (event: TEvent) => boolean) => Promise<TEvent>;
  /** Resolves when the server ends it, rejects with its error. */
  readonly ended: Promise<void>;
  readonly unsubscribe: () => void;
}

/** Subscribes, and keeps what comes. */
export function subscribe<TInput, TEvent>(
  procedure: Subscribable<TInput, TEvent>,
  input: NoInfer<TInput>,
): Subscription<TEvent> {
  const events: TEvent[] = [];
  const waiting = new Set<() => void>();
  const controller = new AbortController();
  const ended = new Promise<void>((resolve, reject) => {
    const { unsubscribe } = procedure.subscribe(input, {
      onData: (event) => {
        events.push(event);
        for (const look of waiting) look();
      },
      onError: reject,
      onComplete: resolve,
    });
    controller.signal.addEventListener("abort", unsubscribe);
  });
  ended.catch(() => undefined);
  return {
    events,
    ended,
    unsubscribe: () => controller.abort(),
    until: (isSo) =>
      new Promise((resolve, reject) => {
        function look(): void {
          const found = events.find(isSo);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        }
        waiting.add(look);
        look();
        ended.then(
          () => reject(new Error("The subscription ended before.")),
          (error: unknown) => reject(error as Error),
        );
      }),
  };
}
