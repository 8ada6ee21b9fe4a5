import type { WebSocket } from "ws";
import { runDetached } from "../async-context.js";
import { ApiError } from "../errors.js";
import type { OutgoingRequest } from "../http/codec.js";
import type { CompiledEndpoint } from "../http/endpoint.js";
import { admit } from "../http/invoke.js";
import { registry } from "../http/registry.js";
import { Connection, WebSocketClient } from "../http/streams.js";
import { runStream } from "../http/upgrade.js";
import { warn } from "../logger.js";
import type { Request } from "../request.js";
import { type CallContext, type CallOptions, callContext, findEndpoint, localCall } from "./call.js";
import { localStream } from "./local-stream.js";
import { openWebSocket } from "./open-websocket.js";
import { contextHeaders, peerOf } from "./remote.js";

/** Opens a stream to an endpoint of the app, here or in another process. Rejects when the endpoint refuses it. */
export async function streamCall(
  service: string,
  name: string,
  payload: unknown,
  source: Request | null | undefined,
  options: CallOptions | null | undefined,
): Promise<WebSocketClient> {
  const endpoint = findEndpoint(service, name);
  if (!endpoint.isStream)
    throw new ApiError("not_found", "no handshake schema found", `${service}.${name} is no stream`);
  const context = callContext(endpoint, source, options);
  const outgoing = endpoint
    .codec("GET")
    .encode("GET", (payload ?? undefined) as Record<string, unknown> | undefined);
  const ws = registry().hosts(service)
    ? openLocal(endpoint, outgoing, context)
    : await openRemote(endpoint, outgoing, context);
  ws.once("close", () => context.span.end());
  const connection = new Connection(ws, endpoint.outgoing, endpoint.incoming, (error) =>
    warn("unable to parse incoming message", { service, endpoint: name, error: error.message }),
  );
  ws.resume();
  return new WebSocketClient(connection).closeWhenAbandoned();
}

function openLocal(endpoint: CompiledEndpoint, outgoing: OutgoingRequest, context: CallContext): WebSocket {
  const request = admit(localCall(endpoint, outgoing, context));
  const [near, far] = localStream();
  // The caller listens before the handler sends its first message.
  queueMicrotask(() => runDetached(runStream, endpoint, request, far));
  return near;
}

function openRemote(
  endpoint: CompiledEndpoint,
  outgoing: OutgoingRequest,
  context: CallContext,
): Promise<WebSocket> {
  const peer = peerOf(endpoint.service);
  const url = new URL(peer.baseUrl);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.pathname = url.pathname.replace(/\/+$/, "") + outgoing.path;
  url.search = outgoing.query;
  const pairs = [...outgoing.headers, ...contextHeaders(endpoint, context, peer)];
  const headers: Record<string, string[]> = {};
  for (let i = 0; i < pairs.length; i += 2) (headers[pairs[i] as string] ??= []).push(pairs[i + 1] as string);
  return openWebSocket(url, headers, endpoint.service);
}
