import type { HandlerArgs } from "../../core/handler-types.js";
import type { StepContext } from "../../core/step-types.js";
import type { AnyWorkflow } from "../../core/workflow-types.js";
import { isWorkflowError } from "../../core/errors.js";
import type { OnAsk } from "../replay.js";
import type { EventName, Program, StepNode } from "./random-program.fixture.js";

export type ProgramArgs = HandlerArgs<
  undefined,
  undefined,
  { readonly [K in EventName]: string },
  unknown,
  {},
  unknown,
  unknown
>;

/** What the functions of a program's steps do in the world that it runs in. */
export interface Effects {
  readonly callStep: (path: string, node: StepNode, context: StepContext) => Promise<string>;
  readonly callNever: (context: StepContext) => Promise<never>;
  readonly callUndo: (path: string, node: StepNode, output: unknown) => Promise<void>;
  readonly child: AnyWorkflow;
  /** Shortens all times. */
  readonly timeScale: number;
}

/** One call of a handler that interprets a program, with all that can be seen of it. */
export class Life {
  /** In order: which place of the program asked for which key. */
  readonly asks: string[] = [];
  /** What each place of the program was handed, or decided by that. */
  readonly decisions = new Map<string, string>();
  /** Lines that the handler logged, in order. */
  readonly logs: string[] = [];
  /** Places that were handed what belongs to another. */
  readonly misbound: string[] = [];
  /** How many of them it had logged when it ended. */
  logsAtEnd = 0;
  #asking = "";

  readonly onAsk: OnAsk = ({ key, kind }) =>
    void this.asks.push(`${kind} ${key} at ${this.#asking}`);

  /** The handler. */
  interpret(program: Program, args: ProgramArgs, effects: Effects): Promise<string> {
    return this.#run(program, "r", { value: "x" }, args, effects).finally(
      () => (this.logsAtEnd = this.logs.length),
    );
  }

  async #run(
    node: Program,
    path: string,
    last: { value: string },
    args: ProgramArgs,
    effects: Effects,
  ): Promise<string> {
    const run = (part: Program, name: string, from = last): Promise<string> =>
      this.#run(part, `${path}${name}`, from, args, effects);

    switch (node.kind) {
      case "step":
      case "transaction":
        return this.#runStep(node, path, last, args, effects);
      case "never":
        this.#asking = path;
        return args.step(node.name, (context) => effects.callNever(context));
      case "sleep":
        this.#asking = path;
        await args.sleep(node.name, node.ms * effects.timeScale);
        return "";
      case "wait": {
        this.#asking = path;
        const { event, key } = node;
        const timeout = node.timeoutMs && node.timeoutMs * effects.timeScale;
        try {
          const taken = await args.waitForEvent(event, { key, timeout });
          last.value = taken ?? "timeout";
          this.#decide(path, last.value);
          return last.value;
        } catch (error) {
          this.#decide(path, isWorkflowError(error, "PENDING_WAIT") ? "pending" : String(error));
          return "pending";
        }
      }
      case "child": {
        this.#asking = path;
        const input = { path, fails: node.fails };
        const output = await args.invoke(node.name, effects.child, input as never);
        if (output !== path) this.misbound.push(`${path} was handed ${String(output)}`);
        return path;
      }
      case "hops":
        for (let hop = 0; hop < node.count; hop += 1) await Promise.resolve();
        return "";
      case "log":
        this.logs.push(path);
        args.log.info(path);
        return "";
      case "patched": {
        const isPatched = args.patched(node.id);
        this.#decide(path, String(isPatched));
        return isPatched ? run(node.yes, ".p") : "";
      }
      case "sequence": {
        let value = "";
        for (const [index, part] of node.parts.entries()) value += await run(part, `.${index}`);
        return value;
      }
      case "loop": {
        let value = "";
        for (let time = 0; time < node.times; time += 1) value += await run(node.body, `@${time}`);
        return value;
      }
      case "try":
        try {
          return await run(node.body, ".t");
        } catch {
          this.#decide(path, "caught");
          return run(node.handler, ".h");
        }
      case "if": {
        const isOdd = (last.value.length + (last.value.at(-1) ?? "x").charCodeAt(0)) % 2 === 1;
        this.#decide(path, String(isOdd));
        return isOdd ? run(node.yes, ".y") : run(node.no, ".n");
      }
      case "parallel": {
        const branches = node.parts.map((part, index) =>
          run(part, `|${index}`, { value: last.value + String(index) }),
        );
        // A race leaves its losers behind.
        for (const branch of branches) branch.catch(() => {});
        last.value = await combine(node.how, branches);
        this.#decide(path, last.value);
        return last.value;
      }
    }
  }

  async #runStep(
    node: StepNode,
    path: string,
    last: { value: string },
    args: ProgramArgs,
    effects: Effects,
  ): Promise<string> {
    const options = {
      retry: { attempts: 2, delay: 500 * effects.timeScale },
      optional: node.optional,
      ...(node.undo === "none"
        ? {}
        : {
            compensate: {
              run: (output: unknown) => effects.callUndo(path, node, output),
              retry: { attempts: 3, delay: 300 * effects.timeScale },
            },
          }),
    };
    this.#asking = path;
    try {
      const value =
        node.kind === "step"
          ? await args.step(node.name, (context) => effects.callStep(path, node, context), options)
          : await args.transaction(
              node.name,
              (_tx, context) => effects.callStep(path, node, context),
              options,
            );
      const isGivenUp = value === undefined && node.optional;
      if (value !== path && !isGivenUp) this.misbound.push(`${path} was handed ${value}`);
      last.value = isGivenUp ? "optional" : path;
      this.#decide(path, last.value);
      return last.value;
    } catch (error) {
      const isMine = error instanceof Error && error.message === `!${path}`;
      if (!isMine) this.misbound.push(`${path} was handed ${String(error)}`);
      this.#decide(path, "failed");
      throw error;
    }
  }

  #decide(path: string, decision: string): void {
    this.decisions.set(path, decision);
  }
}

async function combine(how: string, branches: readonly Promise<string>[]): Promise<string> {
  switch (how) {
    case "all":
      return (await Promise.all(branches)).join(",");
    case "race":
      return Promise.race(branches);
    case "any":
      try {
        return await Promise.any(branches);
      } catch {
        return "none";
      }
    default:
      return (await Promise.allSettled(branches))
        .map((end) => (end.status === "fulfilled" ? end.value : `!${String(end.reason)}`))
        .join(",");
  }
}
