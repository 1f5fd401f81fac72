// @vitest-environment jsdom
import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { order, stuttering } from "../../client/src/app.fixture.js";
import type { RunId } from "./run-hook-types.js";
import { createUi, useWorkflowStream } from "./ui.fixture.js";

function Tokens({ id, stream = "tokens" }: { readonly id: RunId; readonly stream?: string }) {
  const { values, connection, error } = useWorkflowStream(id, stream);
  return (
    <>
      <p data-testid="stream">{[values.length, connection, error?.data?.code].join(" ").trim()}</p>
      <p data-testid="values">{values.join()}</p>
    </>
  );
}

const shows = async (text: string): Promise<void> =>
  await waitFor(() => expect(screen.getByTestId("stream").textContent).toBe(text), {
    timeout: 4_000,
  });

async function createStream() {
  const ui = await createUi();
  const { id } = await ui.engine.start(order, { amount: 5 }, { owner: "ada" });
  await ui.settled(id);
  return { ...ui, id };
}

describe("useWorkflowStream", () => {
  it("keeps all of a burst of 20, and of another, in order, and ends with the run", async () => {
    await using ui = await createStream();
    ui.render(<Tokens id={ui.id} />);
    await shows("20 live");
    expect(ui.calls("stream")).toBe(1);
    await ui.engine.sendEvent(ui.id, "approved", { by: "eve" });
    await shows("40 closed");
    const tokens = Array.from({ length: 40 }, (_, index) => `token ${index}`);
    expect(screen.getByTestId("values").textContent).toBe(tokens.join());
    await waitFor(() => expect(ui.streams()).toBe(0));
  });

  it("loses and doubles nothing over a cut", async () => {
    await using ui = await createStream();
    ui.render(<Tokens id={ui.id} />);
    await shows("20 live");
    ui.cut();
    await ui.engine.sendEvent(ui.id, "approved", { by: "eve" });
    await shows("40 closed");
  });

  it("shows no value of the run before after a change of id, and leaves no connection", async () => {
    await using ui = await createStream();
    const other = await ui.engine.start(order, { amount: 5 }, { owner: "ada" });
    await ui.settled(other.id);
    const { rerender, unmount } = ui.render(<Tokens id={ui.id} />);
    await shows("20 live");
    rerender(<Tokens id={other.id} />);
    expect(screen.getByTestId("stream").textContent).toBe("0 connecting");
    await shows("20 live");
    await waitFor(() => expect(ui.streams()).toBe(1));
    rerender(<Tokens id={null} />);
    await shows("0 idle");
    await waitFor(() => expect(ui.streams()).toBe(0));
    unmount();
  });

  it("drops what an attempt of a step emitted when the next begins", async () => {
    await using ui = await createStream();
    const { id } = await ui.engine.start(stuttering, undefined, { owner: "ada" });
    await ui.settled(id);
    ui.render(<Tokens id={id} stream="words" />);
    await shows("3 closed");
    expect(screen.getByTestId("values").textContent).toBe("before,attempt 2,after");
  });

  it("tells that a run is unknown", async () => {
    await using ui = await createStream();
    ui.render(<Tokens id="unknown" />);
    await shows("0 closed NOT_FOUND");
  });

  it("tells that no stream can be had, and goes on trying", async () => {
    await using ui = await createStream();
    ui.setNetwork("noStreams");
    ui.render(<Tokens id={ui.id} />);
    await shows("0 reconnecting");
    ui.setNetwork("up");
    act(() => void window.dispatchEvent(new Event("online")));
    await shows("20 live");
  });
});
