import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { openWebSocket } from "./open-websocket.js";

/** What RFC 6455 has the key of a handshake answered with. */
const accepts = (key: string): string =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

const textFrame = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);

test("messages that come together with the answer to the handshake wait for who listens", async () => {
  const server = createServer().on("upgrade", (req, socket) => {
    const head = [
      "HTTP/1.1 101 Switching Protocols",
      "upgrade: websocket",
      "connection: Upgrade",
      `sec-websocket-accept: ${accepts(req.headers["sec-websocket-key"] as string)}`,
    ];
    const frames = ["1", "2", "3"].map(textFrame);
    socket.write(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), ...frames]));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const ws = await openWebSocket(new URL(`ws://127.0.0.1:${port}/`), {}, "inner");
  onTestFinished(() => {
    ws.terminate();
    server.closeAllConnections();
    server.close();
  });
  await delay(50);
  const got: string[] = [];
  ws.on("message", (data: Buffer) => got.push(data.toString()));
  ws.resume();
  await expect.poll(() => got).toEqual(["1", "2", "3"]);
});
