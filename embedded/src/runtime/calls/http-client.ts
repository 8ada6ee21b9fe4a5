import type { ClientRequest } from "node:http";
import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest, Agent as TlsAgent } from "node:https";
import { ApiError } from "../errors.js";

/** How long another process may take to accept a connection, and to answer. */
const CONNECT_TIMEOUT_MS = 10_000;
export const ANSWER_TIMEOUT_MS = 300_000;
const MAX_SOCKETS = 256;

const plain = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, scheduling: "lifo" });
const tls = new TlsAgent({ keepAlive: true, maxSockets: MAX_SOCKETS, scheduling: "lifo" });

/** Starts a request to another process of the app. `path` is appended to the path of the base. */
export function requestTo(
  base: URL,
  method: string,
  path: string,
  headers: string[],
  options: RequestOptions = {},
): ClientRequest {
  const secure = base.protocol === "https:";
  const req = (secure ? httpsRequest : httpRequest)({
    agent: secure ? tls : plain,
    protocol: base.protocol,
    hostname: base.hostname.replace(/^\[|\]$/g, ""),
    port: base.port || (secure ? 443 : 80),
    method,
    path: base.pathname.replace(/\/+$/, "") + path,
    headers: [...headers, "host", base.host] as unknown as RequestOptions["headers"],
    setDefaultHeaders: false,
    ...options,
  });
  req.on("socket", (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(
      () =>
        req.destroy(
          new ApiError("unavailable", `no connection to ${base.host} within ${CONNECT_TIMEOUT_MS} ms`),
        ),
      CONNECT_TIMEOUT_MS,
    );
    socket.once("connect", () => clearTimeout(timer));
    socket.once("close", () => clearTimeout(timer));
  });
  return req;
}

/** The error that callers get when another process cannot be reached or breaks off. */
export function transportError(error: Error, service: string): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError("unavailable", `service ${service} cannot be reached`, error.message, undefined, error);
}

/** Reads a whole answer. */
export async function readAnswer(res: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of res) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Closes the idle connections to other processes. */
export function closeClients(): void {
  plain.destroy();
  tls.destroy();
}
