/** A statement that went through a client. */
export interface LoggedStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type RawMethod = (text: string, ...values: unknown[]) => unknown;

/**
 * The same Prisma client, noting each raw statement, those within its transactions too. `rewrite` may
 * put another text in its place.
 */
export function logStatements<TClient extends object>(
  client: TClient,
  rewrite: (text: string) => string = (text) => text,
): { readonly prisma: TClient; readonly statements: LoggedStatement[] } {
  const statements: LoggedStatement[] = [];
  const watch = <T extends object>(on: T): T =>
    new Proxy(on, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        if (name === "$queryRawUnsafe" || name === "$executeRawUnsafe") {
          return (text: string, ...values: unknown[]) => {
            statements.push({ text, values });
            return (member as RawMethod).call(target, rewrite(text), ...values);
          };
        }
        if (name === "$transaction") {
          return (body: (tx: object) => unknown, ...options: unknown[]) =>
            member.call(target, (tx: object) => body(watch(tx)), ...options);
        }
        return member;
      },
    });
  return { prisma: watch(client), statements };
}
