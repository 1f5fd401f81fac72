import { randomUUID } from "node:crypto";
import type { Logger } from "../core/logger.js";

/** Wake-up hints between processes over PostgreSQL's LISTEN and NOTIFY. They only save time: polling goes on. */
export interface Hints {
  /** Tells the other processes that these runs changed, merged with what follows in a moment. */
  readonly send: (runIds: readonly string[]) => void;
  readonly close: () => Promise<void>;
}

export interface HintsOptions {
  /** A direct connection: a pooler in transaction mode drops LISTEN silently, which the self-test finds. */
  readonly connectionString: string;
  readonly logger: Logger;
  /** Runs that another process changed; `null` when any may have. */
  readonly onHint: (runIds: readonly string[] | null) => void;
}

/** What is used of a client of `pg`. */
interface PgClient {
  connect(): Promise<void>;
  query(text: string, values?: readonly unknown[]): Promise<unknown>;
  end(): Promise<void>;
  on(
    event: "notification",
    listener: (message: { readonly payload?: string | undefined }) => void,
  ): void;
  on(event: "error" | "end", listener: (error?: Error) => void): void;
}

/** Listens on a connection of its own, and connects again whenever that breaks. */
export function createHints(options: HintsOptions): Hints {
  const { logger, onHint } = options;
  const sender = randomUUID();
  const changed = new Set<string>();
  let client: PgClient | null = null;
  let flushTimer: NodeJS.Timeout | null = null;
  let retryTimer: NodeJS.Timeout | null = null;
  let isClosed = false;
  let failures = 0;

  async function connect(): Promise<void> {
    try {
      const connected = await openClient(options.connectionString);
      connected.on("error", () => lose(connected));
      connected.on("end", () => lose(connected));
      await listen(connected);
      if (isClosed) return await connected.end();
      client = connected;
      failures = 0;
      // Whatever was told while nobody listened is lost: everything may have changed.
      onHint(null);
    } catch (error) {
      logger.warn("Wake-up hints (`listen`) are not available; workers and watchers poll.", {
        error,
      });
      retry();
    }
  }

  /** A pooler may accept LISTEN and deliver nothing: what is sent must come back. */
  async function listen(connected: PgClient): Promise<void> {
    const probe = randomUUID();
    const answered = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error("NOTIFY was not delivered (is a pooler between?).")),
        PROBE_MS,
      );
      connected.on("notification", ({ payload = "" }) => {
        if (payload !== probe) return receive(payload);
        clearTimeout(timer);
        resolve();
      });
    });
    answered.catch(() => {});
    await connected.query(`LISTEN ${CHANNEL}`);
    await connected.query("SELECT pg_notify($1, $2)", [CHANNEL, probe]);
    await answered;
  }

  function receive(payload: string): void {
    const [from, ...runIds] = payload.split(" ");
    if (from === undefined || from === sender || from.length !== sender.length) return;
    onHint(runIds.length === 0 ? null : runIds);
  }

  function lose(lost: PgClient): void {
    if (client !== lost || isClosed) return;
    client = null;
    retry();
  }

  function retry(): void {
    if (isClosed || retryTimer !== null) return;
    failures += 1;
    const delayMs = Math.min(MAX_RETRY_MS, 500 * 2 ** failures);
    retryTimer = setTimeout(() => {
      retryTimer = null;
      void connect();
    }, delayMs).unref();
  }

  function flush(): void {
    flushTimer = null;
    const runIds = [...changed];
    changed.clear();
    // Without ids it says that anything may have changed. A payload holds 8,000 bytes.
    const payload = runIds.length > MAX_IDS ? sender : [sender, ...runIds].join(" ");
    const sent = client?.query("SELECT pg_notify($1, $2)", [
      CHANNEL,
      payload.length > MAX_BYTES ? sender : payload,
    ]);
    sent?.catch(() => {});
  }

  void connect();
  return {
    send: (runIds) => {
      if (client === null || runIds.length === 0) return;
      for (const runId of runIds) changed.add(runId);
      flushTimer ??= setTimeout(flush, MERGE_MS);
    },
    close: async () => {
      isClosed = true;
      if (flushTimer !== null) clearTimeout(flushTimer);
      if (retryTimer !== null) clearTimeout(retryTimer);
      await client?.end().catch(() => {});
      client = null;
    },
  };
}

const CHANNEL = "trpc_workflow";
const PROBE_MS = 2_000;
const MAX_RETRY_MS = 30_000;
/** PostgreSQL serialises commits that notify: many changes share one. */
const MERGE_MS = 20;
const MAX_IDS = 100;
const MAX_BYTES = 7_900;

/** The app's own `pg`: this package does not depend on it. */
async function openClient(connectionString: string): Promise<PgClient> {
  const name = "pg";
  const module = (await import(name)) as {
    readonly default: { readonly Client: new (config: { connectionString: string }) => PgClient };
  };
  const client = new module.default.Client({ connectionString });
  await client.connect();
  return client;
}
