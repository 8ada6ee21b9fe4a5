import type { ClientRequest, IncomingMessage } from "node:http";
import { type Duplex, pipeline } from "node:stream";
import { outgoingHeaders } from "../calls/call-meta.js";
import { requestTo, transportError } from "../calls/http-client.js";
import { peerOf } from "../calls/remote.js";
import type { Exchange } from "./exchange.js";

/** Headers of one connection only (RFC 9110, 7.6.1), and those that this process states itself. */
const NOT_FORWARDED = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "host",
  "traceparent",
  "tracestate",
  "x-correlation-id",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

function endToEnd(raw: readonly string[]): string[] {
  const headers: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() as string;
    if (!NOT_FORWARDED.has(name) && !name.startsWith("x-encore-meta-"))
      headers.push(name, raw[i + 1] as string);
  }
  return headers;
}

/** Starts the same request at the process that hosts the endpoint, signed as the gateway's. */
function forward(exchange: Exchange, connectionHeaders: string[]): ClientRequest {
  const { endpoint, headers, method, path, query, span, correlationId, auth } = exchange;
  const peer = peerOf(endpoint.service);
  const caller = exchange.internal
    ? (headers.first("x-encore-meta-caller") as string)
    : "gateway:api-gateway";
  const callee = `${endpoint.service}.${endpoint.name}`;
  const meta = outgoingHeaders({ caller, callee, trace: span, correlationId, auth }, peer.key);
  const forwarded = ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"].flatMap((name) => {
    const value = headers.first(name);
    return value === undefined ? [] : [name, value];
  });
  return requestTo(peer.baseUrl, method, query === "" ? path : `${path}?${query}`, [
    ...endToEnd(headers.raw),
    ...forwarded,
    ...meta,
    ...connectionHeaders,
  ]);
}

/** Passes a request on to the process that hosts its endpoint; bodies stream both ways. */
export function proxyRequest(exchange: Exchange): void {
  const { req, res } = exchange;
  let upstream: ClientRequest;
  try {
    const chunked = exchange.headers.first("transfer-encoding") !== undefined;
    upstream = forward(exchange, chunked ? ["transfer-encoding", "chunked"] : []);
  } catch (error) {
    exchange.refuse(error);
    return;
  }
  upstream.on("response", (answer) => {
    res.writeHead(answer.statusCode ?? 502, answerHeaders(exchange, answer));
    pipeline(answer, res, () => exchange.span.end());
  });
  upstream.on("error", (error) => {
    if (res.headersSent) res.destroy();
    else exchange.refuse(transportError(error, exchange.endpoint.service));
  });
  res.on("close", () => {
    if (!res.writableFinished) upstream.destroy(); // the client has gone
  });
  // Not a pipeline: when the other process fails, the client's connection must live to hear of it.
  req.pipe(upstream);
}

function answerHeaders(exchange: Exchange, answer: IncomingMessage): string[] {
  const headers = endToEnd(answer.rawHeaders);
  const names = new Set(headers.filter((_, i) => i % 2 === 0));
  const own = exchange.gatewayHeaders();
  return [...headers, ...own.filter((_, i) => !names.has(own[i - (i % 2)] as string))];
}

/** Passes a WebSocket handshake on and, once accepted, joins both connections. */
export function proxyUpgrade(exchange: Exchange, socket: Duplex, head: Buffer): void {
  let upstream: ClientRequest;
  try {
    upstream = forward(exchange, ["connection", "Upgrade", "upgrade", "websocket"]);
  } catch (error) {
    exchange.refuse(error);
    return;
  }
  upstream.on("upgrade", (answer, far, first) => {
    const lines = [`HTTP/1.1 101 ${answer.statusMessage ?? "Switching Protocols"}`];
    for (let i = 0; i < answer.rawHeaders.length; i += 2)
      lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    if (first.length > 0) socket.write(first);
    if (head.length > 0) far.write(head);
    pipeline(socket, far, socket, () => exchange.span.end());
  });
  upstream.on("response", (answer) => {
    const { res } = exchange;
    res.writeHead(answer.statusCode ?? 502, answerHeaders(exchange, answer));
    pipeline(answer, res, () => exchange.span.end());
  });
  upstream.on("error", (error) => exchange.refuse(transportError(error, exchange.endpoint.service)));
  socket.once("close", () => upstream.destroy());
  upstream.end();
}
