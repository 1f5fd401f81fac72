import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createTRPCClient,
  httpLink,
  httpSubscriptionLink,
  splitLink,
  type TRPCClient,
} from "@trpc/client";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { EventSource } from "eventsource";
import superjson from "superjson";
import { type AppRouter, createApp } from "./app.fixture.js";

/** How the network between client and server behaves. */
type Network = "up" | "down" | "noStreams" | "held";

/** An app over real HTTP and server-sent events, whose network can be made bad. */
export async function serveApp() {
  const app = await createApp();
  const streams = new Set<ServerResponse>();
  const requests: string[] = [];
  let network: Network = "up";
  let answersToLose = 0;
  const handle = createHTTPHandler({
    router: app.router,
    createContext: ({ req }) => ({ user: req.headers.authorization }),
  });

  function answer(req: IncomingMessage, res: ServerResponse): void {
    const isStream = req.headers.accept === "text/event-stream";
    requests.push(new URL(req.url ?? "/", "http://localhost").pathname.slice(1));
    if (network === "down") {
      req.socket.destroy();
      return;
    }
    if (isStream && network === "noStreams") {
      res.writeHead(502).end();
      return;
    }
    if (isStream) {
      streams.add(res);
      res.once("close", () => streams.delete(res));
    }
    if (isStream && network === "held") return;
    if (req.method === "POST" && answersToLose > 0) {
      answersToLose -= 1;
      // The server does what it was asked to, and the client never hears of it.
      res.end = () => res.destroy();
    }
    void handle(req, res);
  }

  let server: Server = await listen(answer, 0);
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    ...app,
    url,
    /** How many streams are open. */
    streams: () => streams.size,
    /** How often a procedure was called. */
    calls: (procedure: string) =>
      requests.filter((path) => path === `workflow.${procedure}`).length,
    /** Breaks off the streams that are open. */
    cut: () => {
      for (const res of streams) res.destroy();
    },
    /** The next mutations are done, but not answered. */
    loseAnswers: (count: number) => {
      answersToLose = count;
    },
    setNetwork: (next: Network) => {
      network = next;
    },
    /** The server goes away. */
    stopServer: async () => await close(server),
    /** It comes back on the same port. */
    startServer: async () => {
      server = await listen(answer, port);
    },
    client: (user = "ada") => connect(url, user),
    [Symbol.asyncDispose]: async () => {
      await close(server);
      await app[Symbol.asyncDispose]();
    },
  };
}

export type ServedApp = Awaited<ReturnType<typeof serveApp>>;

async function listen(
  answer: (req: IncomingMessage, res: ServerResponse) => void,
  port: number,
): Promise<Server> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  return server;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function connect(url: string, user: string): TRPCClient<AppRouter> {
  const headers = { authorization: user };
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === "subscription",
        true: httpSubscriptionLink({
          url,
          transformer: superjson,
          EventSource,
          eventSourceOptions: {
            fetch: (input, init) =>
              fetch(input, { ...init, headers: { ...init.headers, ...headers } }),
          },
        }),
        false: httpLink({ url, transformer: superjson, headers }),
      }),
    ],
  });
}
