import { describe, expect, it, vi } from "vitest";
import type { Connection } from "./connection.js";
import { createShared } from "./create-shared.js";

interface State {
  readonly connection: Connection;
}

const IDLE: State = { connection: "idle" };
const endOfTask = async (): Promise<void> => await Promise.resolve();

function createConnections() {
  const made: { state: State; isClosed: boolean; change: (connection: Connection) => void }[] = [];
  return {
    made,
    connect: (onChange: () => void) => {
      const one = {
        state: { connection: "live" } as State,
        isClosed: false,
        change: (connection: Connection) => {
          one.state = { connection };
          onChange();
        },
      };
      made.push(one);
      return { getState: () => one.state, close: () => void (one.isClosed = true) };
    },
  };
}

describe("createShared", () => {
  it("opens with the first subscriber and closes with the last", async () => {
    const shared = createShared<State>(IDLE);
    const { connect, made } = createConnections();
    const [one, two] = [vi.fn(), vi.fn()];
    expect(shared.getState("a")).toBe(IDLE);
    const leave = [shared.subscribe("a", connect, one), shared.subscribe("a", connect, two)];
    made[0]?.change("reconnecting");
    expect([one.mock.calls.length, two.mock.calls.length, made.length]).toEqual([1, 1, 1]);
    expect(shared.getState("a").connection).toBe("reconnecting");
    leave[0]?.();
    await endOfTask();
    expect(made[0]?.isClosed).toBe(false);
    leave[1]?.();
    await endOfTask();
    expect(made[0]?.isClosed).toBe(true);
    expect(shared.getState("a")).toBe(IDLE);
  });

  it("keeps the connection of one who leaves and comes back within a task", async () => {
    const shared = createShared<State>(IDLE);
    const { connect, made } = createConnections();
    const listener = vi.fn();
    shared.subscribe("a", connect, listener)();
    shared.subscribe("a", connect, listener);
    await endOfTask();
    expect(made.map(({ isClosed }) => isClosed)).toEqual([false]);
  });

  it("counts a listener that subscribes twice as two", async () => {
    const shared = createShared<State>(IDLE);
    const { connect, made } = createConnections();
    const listener = vi.fn();
    const leave = shared.subscribe("a", connect, listener);
    shared.subscribe("a", connect, listener);
    leave();
    leave();
    await endOfTask();
    expect(made[0]?.isClosed).toBe(false);
  });

  it("opens what has closed by itself again for the next, who keeps it", async () => {
    const shared = createShared<State>(IDLE);
    const { connect, made } = createConnections();
    const leave = shared.subscribe("a", connect, vi.fn());
    made[0]?.change("closed");
    shared.subscribe("a", connect, vi.fn());
    expect(made).toHaveLength(2);
    leave();
    await endOfTask();
    expect(made.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    expect(shared.getState("a").connection).toBe("live");
  });

  it("keeps what has another key apart", () => {
    const shared = createShared<State>(IDLE);
    const { connect, made } = createConnections();
    const other = vi.fn();
    shared.subscribe("a", connect, vi.fn());
    shared.subscribe("b", connect, other);
    made[0]?.change("closed");
    expect(other).not.toHaveBeenCalled();
    expect(shared.getState("b").connection).toBe("live");
  });
});
