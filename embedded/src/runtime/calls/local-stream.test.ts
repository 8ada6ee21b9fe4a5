import { describe, expect, test } from "vitest";
import { MessageCodec } from "../http/codec.js";
import { Connection } from "../http/streams.js";
import { localStream } from "./local-stream.js";

const codec = new MessageCodec(
  { kind: "object", fields: [{ name: "n", type: { kind: "basic", type: "number" }, optional: false }] },
  {},
);

function pair(): [Connection, Connection] {
  const fail = (error: Error): never => {
    throw error;
  };
  const [near, far] = localStream();
  return [new Connection(near, codec, codec, fail), new Connection(far, codec, codec, fail)];
}

describe("a stream between two services of one process", () => {
  test("hands over everything that was sent before it was closed", async () => {
    const [near, far] = pair();
    for (const n of [1, 2, 3]) await near.send({ n });
    near.close();
    expect([await far.recv(), await far.recv(), await far.recv()]).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    await expect(far.recv()).rejects.toThrow("closed");
  });

  test("ends for both when one side closes it", async () => {
    const [near, far] = pair();
    far.close();
    await expect(near.recv()).rejects.toThrow("closed");
    expect(() => near.send({ n: 1 })).toThrow("closed");
  });

  test("holds the sender back while the receiver takes nothing", async () => {
    const [near, far] = pair();
    const sent: number[] = [];
    const sending = (async () => {
      for (let n = 0; n < 50_000; n++) {
        await near.send({ n });
        sent.push(n);
      }
    })();
    await new Promise((resolve) => setImmediate(resolve));
    const before = sent.length;
    expect(before).toBeLessThan(50_000);
    for (let n = 0; n < 50_000; n++) expect(await far.recv()).toEqual({ n });
    await sending;
    expect(sent.length).toBe(50_000);
  });
});
