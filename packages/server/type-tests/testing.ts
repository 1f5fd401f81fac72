import { crashEverywhere, createTestEngine, defineWorkflow, initWorkflow, replay } from "./api.js";
import { assertType } from "./assert-type.js";
import { checkout, nightly, onboarding, shipping } from "./fixtures/workflows.js";
import type { PrismaClient } from "../../test-databases/generated/sqlite/client.js";

declare const prisma: PrismaClient;
const context = { mailer: { send: async () => {} } };

export async function testEngine() {
  await using t = await createTestEngine({ workflows: [checkout] });
  const run = await t.engine.start(checkout, { orderId: "1", amount: 20_000 });
  await t.engine.sendEvent(run.id, "approved", { by: "ada" });
  await t.advance("1 hour");
  // @ts-expect-error a literal duration is checked
  await t.advance("1 hr");
  const settled = await t.settled(run.id);
  assertType<typeof settled.workflow, "checkout">();
  if (settled.status === "completed") assertType<typeof settled.output.receipt, string>();
  // @ts-expect-error not listed
  await t.engine.start(nightly);

  await createTestEngine({ workflows: [checkout, onboarding], context });
  await createTestEngine({ workflows: [checkout, onboarding], context: () => context, prisma });
  // @ts-expect-error the context is missing
  await createTestEngine({ workflows: [checkout, onboarding] });
  // @ts-expect-error the context is another
  await createTestEngine({ workflows: [onboarding], context: { mail: 1 } });
}

export async function crashes() {
  const order = { orderId: "1", amount: 20_000 };
  await crashEverywhere(checkout, order);
  await crashEverywhere(checkout, order, { events: [["approved", { by: "ada" }]] });
  await crashEverywhere(
    shipping,
    { at: "2026" },
    { events: [["lost"], ["picked", { count: "1" }]] },
  );
  await crashEverywhere(nightly);
  await crashEverywhere(checkout, order, { workflows: [nightly, shipping] });
  await crashEverywhere(onboarding, { email: "a@b.c" }, { context: () => context, prisma });
  // @ts-expect-error the payload does not fit
  await crashEverywhere(checkout, order, { events: [["approved", { by: 1 }]] });
  // @ts-expect-error no such event
  await crashEverywhere(checkout, order, { events: [["aproved", { by: "ada" }]] });
  // @ts-expect-error the input does not fit
  await crashEverywhere(checkout, { orderId: 1, amount: 1 });
  // @ts-expect-error the input is missing
  await crashEverywhere(checkout);
  // @ts-expect-error the context is missing
  await crashEverywhere(onboarding, { email: "a@b.c" });
  // @ts-expect-error a factory: every execution gets its own
  await crashEverywhere(onboarding, { email: "a@b.c" }, { context });
  // @ts-expect-error the context of a child is needed as well
  await crashEverywhere(checkout, order, { workflows: [onboarding] });
}

const { defineWorkflow: define } = initWorkflow.context<{ mail: string }>().create();
const mailing = define({ name: "mailing", run: ({ ctx }) => ctx.mail });
const plain = defineWorkflow({ name: "plain", run: () => 1 });

export async function replays() {
  const exported = await (await createTestEngine({ workflows: [plain] })).engine.export("id");
  await replay(plain, exported);
  await replay(plain, { format: "1", run: {}, steps: [], events: [], logs: [] });
  await replay(mailing, exported, { context: () => ({ mail: "" }) });
  // @ts-expect-error not an exported run
  await replay(plain, { id: "1" });
  // @ts-expect-error the context is missing
  await replay(mailing, exported);
}
