import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket as NetSocket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { encoreId } from "../encore-id.js";
import { coerceToApiError } from "../errors.js";
import { warn } from "../logger.js";
import type { Request } from "../request.js";
import type { CompiledEndpoint } from "./endpoint.js";
import { requestEnded, requestStarted } from "./observe.js";
import { Connection, Sink, Socket, Stream } from "./streams.js";

/** The largest message a client may send. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const PROTOCOL = "encore-ws";

const server = new WebSocketServer({
  noServer: true,
  clientTracking: true,
  maxPayload: MAX_MESSAGE_BYTES,
  handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
});

/** Whether a request asks for a WebSocket. */
export function asksForWebSocket(req: IncomingMessage): boolean {
  return req.method === "GET" && req.headers.upgrade?.toLowerCase() === "websocket";
}

/** Gives a connection taken out of the HTTP server a response of its own, which ends it. */
export function responseOn(req: IncomingMessage, socket: Duplex): ServerResponse {
  const res = new ServerResponse(req);
  res.shouldKeepAlive = false;
  res.assignSocket(socket as NetSocket);
  res.on("finish", () => {
    res.detachSocket(socket as NetSocket);
    socket.end();
  });
  return res;
}

/** Accepts a WebSocket for an admitted request and runs the stream's handler. */
export function acceptStream(
  endpoint: CompiledEndpoint,
  request: Request,
  connection: { req: IncomingMessage; socket: Duplex; head: Buffer },
): void {
  const { req, socket, head } = connection;
  const addHeaders = (headers: string[], upgraded: IncomingMessage): void => {
    if (upgraded === req) headers.push(`x-encore-trace-id: ${encoreId(request.span.traceId)}`);
  };
  server.on("headers", addHeaders);
  server.handleUpgrade(req, socket, head, (ws) => runStream(endpoint, request, ws));
  server.off("headers", addHeaders);
}

/** Runs a stream's handler on an open WebSocket. */
export function runStream(endpoint: CompiledEndpoint, request: Request, ws: WebSocket): void {
  const connection = new Connection(ws, endpoint.incoming, endpoint.outgoing, (error) =>
    warn("failed to parse incoming message", {
      service: endpoint.service,
      endpoint: endpoint.name,
      error: error.message,
    }),
  );
  requestStarted(request);
  const fail = (thrown: unknown): void => {
    const error = coerceToApiError(thrown);
    requestEnded(request, error.status, error);
    connection.close(1011);
  };
  const answer = (result: unknown): void => {
    if (endpoint.model.kind === "stream-in") {
      const payload = (result as { payload?: unknown }).payload;
      try {
        if (payload !== null && payload !== undefined) void connection.send(payload);
      } catch (error) {
        fail(error);
        return;
      }
      connection.close();
    }
    requestEnded(request, 101, undefined);
  };
  let result: unknown;
  try {
    result = endpoint.handler?.(request, streamArgument(endpoint, connection));
  } catch (thrown) {
    fail(thrown);
    return;
  }
  Promise.resolve(result).then(answer, fail);
}

function streamArgument(endpoint: CompiledEndpoint, connection: Connection): Sink | Stream | Socket {
  switch (endpoint.model.kind) {
    case "stream-out":
      return new Sink(connection).closeWhenAbandoned();
    case "stream-in":
      return new Stream(connection);
    default:
      return new Socket(connection).closeWhenAbandoned();
  }
}

/** Tells all streams that the process ends. */
export function closeStreams(): void {
  for (const ws of server.clients) ws.close(1001);
}

/** Drops the streams whose peers did not answer. */
export function terminateStreams(): void {
  for (const ws of server.clients) ws.terminate();
}
