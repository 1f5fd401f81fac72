import type { Store } from "../store/store.js";

/** Where a call of a store stops: the first that matches, once. */
export interface PausePoint {
  readonly verb: keyof Store;
  /** `before` it reaches the database, or `after` it committed and before its answer is given. */
  readonly when: "before" | "after";
  /** Which call, by its arguments. @default any */
  readonly matches?: ((args: readonly unknown[]) => boolean) | undefined;
}

/** A stop that a test set. */
export interface Pause {
  /** Resolves when a call has stopped there. */
  readonly reached: Promise<void>;
  /** Lets the call go on; a stop that none has reached is taken back. */
  readonly go: () => void;
}

export interface PausingStore {
  readonly store: Store;
  readonly pauseAt: (point: PausePoint) => Pause;
}

/** The same store, whose calls stop where a test says. */
export function createPausingStore(inner: Store): PausingStore {
  const pauses = new PauseList<PausePoint>();

  const stopAt = (verb: keyof Store, when: PausePoint["when"], args: readonly unknown[]) =>
    pauses.stop((point) => {
      const isHere = point.verb === verb && point.when === when;
      return isHere && point.matches?.(args) !== false;
    });

  const store = new Proxy(inner, {
    get(target, verb: keyof Store) {
      const member: unknown = Reflect.get(target, verb);
      if (typeof member !== "function") return member;
      return async (...args: unknown[]) => {
        await stopAt(verb, "before", args);
        const answer: unknown = await Reflect.apply(member, target, args);
        await stopAt(verb, "after", args);
        return answer;
      };
    },
  });
  return { store, pauseAt: (point) => pauses.add(point) };
}

/** Stops that are set and not reached yet. */
export class PauseList<TPoint> {
  readonly #pending = new Map<TPoint, { reach: () => void; readonly gone: Promise<void> }>();

  add(point: TPoint): Pause {
    let reach!: () => void;
    let go!: () => void;
    const reached = new Promise<void>((resolve) => (reach = resolve));
    const gone = new Promise<void>((resolve) => (go = resolve));
    this.#pending.set(point, { reach, gone });
    return {
      reached,
      go: () => {
        this.#pending.delete(point);
        go();
      },
    };
  }

  /** Resolves at once, or when the first stop that is meant lets go. */
  async stop(isMeant: (point: TPoint) => boolean): Promise<void> {
    for (const [point, { reach, gone }] of this.#pending) {
      if (!isMeant(point)) continue;
      this.#pending.delete(point);
      reach();
      await gone;
      return;
    }
  }
}
