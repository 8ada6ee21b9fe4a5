import { ApiError } from "../errors.js";
import type { OutgoingRequest, WireResponse } from "../http/codec.js";
import type { CompiledEndpoint } from "../http/endpoint.js";
import type { CallContext } from "./call.js";
import { outgoingHeaders } from "./call-meta.js";
import { ANSWER_TIMEOUT_MS, readAnswer, requestTo, transportError } from "./http-client.js";
import { findPeer, type Peer } from "./peers.js";

/** The process that hosts a service. Throws `not_found` when none is configured. */
export function peerOf(service: string): Peer {
  const peer = findPeer(service);
  if (!peer) {
    throw new ApiError(
      "not_found",
      "service not found",
      `this process does not host ${service}, and service_discovery does not say where it is`,
    );
  }
  return peer;
}

/** The headers that tell another process who calls, as whom and in which trace. */
export function contextHeaders(endpoint: CompiledEndpoint, context: CallContext, peer: Peer): string[] {
  return outgoingHeaders(
    {
      caller: context.caller,
      callee: `${endpoint.service}.${endpoint.name}`,
      trace: context.span,
      correlationId: context.correlationId,
      auth: context.auth,
    },
    peer.key,
  );
}

/** Calls an endpoint in another process. Throws `unavailable` when it cannot be reached, `deadline_exceeded` when it does not answer. */
export async function callRemote(
  endpoint: CompiledEndpoint,
  outgoing: OutgoingRequest,
  context: CallContext,
): Promise<WireResponse> {
  const { service } = endpoint;
  const peer = peerOf(service);
  const path = outgoing.query === "" ? outgoing.path : `${outgoing.path}?${outgoing.query}`;
  const headers = [...outgoing.headers, ...contextHeaders(endpoint, context, peer)];
  headers.push("content-length", String(outgoing.body ? Buffer.byteLength(outgoing.body) : 0));
  return new Promise((resolve, reject) => {
    const req = requestTo(peer.baseUrl, outgoing.method, path, headers);
    const timer = setTimeout(
      () =>
        req.destroy(
          new ApiError(
            "deadline_exceeded",
            `service ${service} did not answer within ${ANSWER_TIMEOUT_MS} ms`,
          ),
        ),
      ANSWER_TIMEOUT_MS,
    );
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(transportError(error, service));
    };
    req.on("error", fail);
    req.on("response", (res) => {
      readAnswer(res).then((body) => {
        clearTimeout(timer);
        resolve({ status: res.statusCode ?? 500, headers: res.rawHeaders, body: body.toString("utf8") });
      }, fail);
    });
    req.end(outgoing.body);
  });
}
