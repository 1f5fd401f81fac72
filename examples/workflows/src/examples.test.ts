import { NonRetryableError } from "@trpc-workflow/server";
import { crashEverywhere, createTestEngine } from "@trpc-workflow/server/testing";
import { describe, expect, it } from "vitest";
import { agentLoop, type Model } from "./agent-loop.js";
import { orderSaga, type Shop } from "./order-saga.js";
import { type Accounts, trialExpiry } from "./trial-expiry.js";

const order = { orderId: "o-1", amount: 120, skus: ["bolt", "nut", "gear"] };

describe("the order saga", () => {
  it("ships, wherever its worker is killed", async () => {
    await crashEverywhere(orderSaga, order, { context: () => ({ shop: createShop().shop }) });
  });

  it("undoes itself, wherever its worker is killed", async () => {
    await crashEverywhere(orderSaga, order, {
      context: () => ({ shop: createShop({ cannotShip: true }).shop }),
    });
  });

  it("gives back in reverse what it took, once each", async () => {
    const { shop, done } = createShop({ cannotShip: true });
    await using t = await createTestEngine({ workflows: [orderSaga], context: { shop } });
    const run = await t.engine.start(orderSaga, order);
    expect((await t.settled(run.id)).status).toBe("compensated");
    expect(done).toEqual([
      "charge",
      "reserve bolt",
      "reserve nut",
      "reserve gear",
      "release gear",
      "release nut",
      "release bolt",
      "refund charge-1",
    ]);
  });

  it("is undone when it is cancelled while a service is down", async () => {
    const { shop, done } = createShop({ isDown: true });
    await using t = await createTestEngine({ workflows: [orderSaga], context: { shop } });
    const run = await t.engine.start(orderSaga, order);
    expect((await t.settled(run.id)).status).toBe("waiting");
    await run.cancel({ actor: "ada", reason: "ordered twice" });
    const ended = await t.settled(run.id);
    expect([ended.status, ended.cause]).toEqual(["compensated", "cancel"]);
    expect(done.at(-1)).toBe("refund charge-1");
  });
});

describe("the trial", () => {
  it("expires after two weeks, wherever its worker is killed", async () => {
    await crashEverywhere(
      trialExpiry,
      { accountId: "a-1" },
      { context: () => ({ accounts: createAccounts().accounts }) },
    );
  });

  it("ends with an upgrade, wherever its worker is killed", async () => {
    await crashEverywhere(
      trialExpiry,
      { accountId: "a-1" },
      {
        context: () => ({ accounts: createAccounts().accounts }),
        events: [["upgraded", { plan: "pro" }]],
      },
    );
  });

  it("reminds after eleven days and takes an upgrade in the last three", async () => {
    const { accounts, done } = createAccounts();
    await using t = await createTestEngine({ workflows: [trialExpiry], context: { accounts } });
    const run = await t.engine.start(trialExpiry, { accountId: "a-1" });
    await t.advance("11 days");
    expect(done).toEqual(["welcome", "reminder"]);
    await t.advance("2 days");
    await run.sendEvent("upgraded", { plan: "pro" });
    await t.settled(run.id);
    expect(await run.result()).toBe("upgraded");
    expect(done).toEqual(["welcome", "reminder"]);
  });
});

describe("the agent", () => {
  const messages = ["hello", "how are you", "fine", "and you", "bye"];

  it("talks over iterations, wherever its worker is killed", async () => {
    await crashEverywhere(
      agentLoop,
      {},
      {
        context: () => ({ model: echo }),
        events: messages.map((text) => ["message", text] as const),
      },
    );
  });

  it("keeps its run id, streams its tokens and forgets what it need not remember", async () => {
    await using t = await createTestEngine({ workflows: [agentLoop], context: { model: echo } });
    const run = await t.engine.start(agentLoop, {});
    for (const text of messages) await run.sendEvent("message", text);
    const waiting = await t.settled(run.id);
    expect([waiting.iteration, waiting.progress]).toEqual([2, { messages: 10 }]);
    await t.advance("1 hour");
    expect(await run.result()).toEqual({ messages: 10 });
    const tokens: string[] = [];
    for await (const part of t.engine.stream(run.id, "tokens")) {
      if (part.reset === undefined) tokens.push(part.value);
    }
    expect(tokens.slice(0, 4)).toEqual(["hello", "!", "how are you", "!"]);
  });
});

/** Answers with the last message, in two tokens. */
const echo: Model = {
  answer: async (history, onToken) => {
    const last = history.at(-1) ?? "";
    onToken(last);
    onToken("!");
    return `${last}!`;
  },
};

function createShop({ cannotShip = false, isDown = false } = {}) {
  const done: string[] = [];
  const shop: Shop = {
    charge: async () => {
      done.push("charge");
      return { chargeId: "charge-1" };
    },
    refund: async (chargeId) => void done.push(`refund ${chargeId}`),
    reserve: async (sku) => {
      if (isDown) throw new Error("The warehouse does not answer.");
      done.push(`reserve ${sku}`);
      return { reservationId: `reservation-${sku}` };
    },
    release: async (sku) => void done.push(`release ${sku}`),
    ship: async () => {
      if (cannotShip) throw new NonRetryableError("No carrier goes there.");
      return { trackingId: "parcel-1" };
    },
  };
  return { shop, done };
}

function createAccounts() {
  const done: string[] = [];
  const accounts: Accounts = {
    mail: async (_accountId, template) => void done.push(template),
    close: async () => void done.push("close"),
  };
  return { accounts, done };
}
