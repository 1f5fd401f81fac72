/**
 * A database of one test alone, with the tables of trpc-workflow and two of an imaginary app, both
 * empty. `await using` it: disposal disconnects its clients and deletes the database.
 */
export interface TestDatabase<TClient> extends AsyncDisposable {
  readonly provider: "postgresql" | "sqlite";
  /** Connection string, for another process or a plain driver. */
  readonly url: string;
  /** A real generated client, connected to the database. */
  readonly prisma: TClient;
  /** Gives one more client of the same database, with connections of its own. */
  connect(): TClient;
}

interface Disconnectable {
  $disconnect(): Promise<void>;
}

/** Makes a `TestDatabase` of a way to connect and a way to delete the database, called in that order. */
export function toTestDatabase<TClient extends Disconnectable>(options: {
  provider: "postgresql" | "sqlite";
  url: string;
  connect: () => TClient;
  drop: () => Promise<void>;
}): TestDatabase<TClient> {
  const clients: TClient[] = [];
  const connect = () => {
    const client = options.connect();
    clients.push(client);
    return client;
  };
  return {
    provider: options.provider,
    url: options.url,
    prisma: connect(),
    connect,
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.$disconnect()));
      await options.drop();
    },
  };
}
