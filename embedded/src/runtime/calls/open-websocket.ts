import { WebSocket } from "ws";
import { parseErrorBody } from "../errors.js";
import { readAnswer, transportError } from "./http-client.js";

const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Opens a WebSocket to another process, paused: whoever listens has to resume it. The first messages may come together
 * with the answer to the handshake, and would be gone before anybody listens. Rejects with what the other side answered
 * where it refuses.
 */
export function openWebSocket(
  url: URL,
  headers: Record<string, string[]>,
  service: string,
): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(url, {
      headers: headers as unknown as Record<string, string>,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
    ws.once("open", () => {
      ws.pause();
      resolve(ws);
    });
    ws.once("error", (error) => reject(transportError(error, service)));
    ws.once("unexpected-response", (_req, res) => {
      readAnswer(res).then(
        (body) => reject(parseErrorBody(body.toString("utf8"))),
        (error: Error) => reject(transportError(error, service)),
      );
    });
  });
}
