import { initWorkflow } from "@trpc-workflow/server";
import { z } from "zod";

/** A language model, as far as this agent needs one. */
export interface Model {
  /** Calls `onToken` as the answer comes in. */
  answer(history: readonly string[], onToken: (token: string) => void): Promise<string>;
}

const { defineWorkflow } = initWorkflow.context<{ model: Model }>().create();

const TURNS_PER_ITERATION = 3;
const KEPT_MESSAGES = 6;

/**
 * A conversation that may go on for ever. Each message is an event, each answer a step whose tokens are
 * streamed live; after some turns `continueAsNew` begins an empty history under the same run id, with
 * what the agent has to remember. It ends when nobody has written for an hour.
 */
export const agentLoop = defineWorkflow({
  name: "agent-loop",
  input: z.object({ history: z.array(z.string()).default([]) }),
  output: z.object({ messages: z.number() }),
  events: { message: z.string() },
  progress: z.object({ messages: z.number() }),
  streams: { tokens: z.string() },
  async run({ input, ctx: { model }, step, waitForEvent, emit, progress, continueAsNew }) {
    const history = [...input.history];
    for (let turn = 0; turn < TURNS_PER_ITERATION; turn += 1) {
      const message = await waitForEvent("message", { timeout: "1 hour" });
      if (message === null) return { messages: history.length };
      history.push(message);
      const answer = await step("answer", () =>
        model.answer(history, (token) => emit("tokens", token)),
      );
      history.push(answer);
      progress({ messages: history.length });
    }
    return continueAsNew({ history: history.slice(-KEPT_MESSAGES) });
  },
});
