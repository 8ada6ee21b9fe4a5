import { describe, expect, it } from "vitest";
import { AcknowledgedSink } from "./acknowledged-sink.js";
import type { RealtimeMessage } from "./types.js";

const message = (id: number, text = ""): RealtimeMessage => ({
  kind: "event",
  id: String(id),
  message: text,
});

/** A socket of a host whose `send` says nothing. */
function silentSocket(): { sent: string[]; send: (each: RealtimeMessage) => void; close: () => void } {
  const sent: string[] = [];
  return { sent, send: ({ id }) => void sent.push(id), close: () => {} };
}

describe("a sink with acknowledgements", () => {
  it("waits while too much is on its way, until enough is acknowledged", async () => {
    const sink = new AcknowledgedSink(silentSocket(), { mostMessages: 3 });
    sink.acknowledge("0");
    expect([sink.send(message(1)), sink.send(message(2))]).toEqual([undefined, undefined]);
    let room = false;
    const waiting = Promise.resolve(sink.send(message(3))).then(() => {
      room = true;
    });
    sink.acknowledge("0");
    sink.acknowledge("everything");
    await Promise.resolve();
    expect(room).toBe(false);
    sink.acknowledge("2");
    await waiting;
    expect(sink.send(message(4))).toBeUndefined();
  });

  it("counts what messages weigh", () => {
    const sink = new AcknowledgedSink(silentSocket(), { mostCharacters: 1_000 });
    sink.acknowledge("0");
    expect(sink.send(message(1, "x".repeat(500)))).toBeUndefined();
    expect(sink.send(message(2, "x".repeat(500)))).toBeInstanceOf(Promise);
  });

  it("lets a client go that never acknowledged anything", () => {
    const sink = new AcknowledgedSink(silentSocket(), { mostMessages: 2 });
    void sink.send(message(1));
    expect(() => sink.send(message(2))).toThrow(expect.objectContaining({ reason: "slow_client" }));
  });

  it("leaves it to a host that tells of room", async () => {
    const room = Promise.resolve();
    const sink = new AcknowledgedSink({ send: () => room, close: () => {} }, { mostMessages: 1 });
    for (let id = 1; id <= 5; id++) expect(sink.send(message(id))).toBe(room);
  });
});
