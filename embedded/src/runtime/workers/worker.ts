import { MessageChannel, type MessagePort, parentPort } from "node:worker_threads";
import { decodeAuthData } from "../calls/call-meta.js";
import { ApiError, coerceToApiError } from "../errors.js";
import { IncomingHeaders } from "../http/incoming-headers.js";
import { type Call, invoke } from "../http/invoke.js";
import { registry } from "../http/registry.js";
import { startSpan } from "../tracing/span.js";
import { formatTraceparent } from "../tracing/trace-context.js";
import type { CallMessage, JoinMessage, ResultMessage } from "./messages.js";

let joined = false;

/** Offers this worker thread to the main thread, once the app's handlers are registered. */
export function joinPool(): void {
  if (joined || !parentPort) return;
  joined = true;
  const { port1, port2 } = new MessageChannel();
  port1.on("message", (message: CallMessage) => run(port1, message));
  const join: JoinMessage = { axionPool: port2 };
  parentPort.postMessage(join, [port2]);
}

function run(port: MessagePort, message: CallMessage): void {
  const reply = (result: Omit<ResultMessage, "id">): void => port.postMessage({ id: message.id, ...result });
  let call: Call;
  try {
    call = toCall(message);
  } catch (error) {
    const { code, message: text, internalMessage, details } = coerceToApiError(error);
    reply({ error: { code, message: text, internalMessage, details } });
    return;
  }
  invoke(call, (error, response) => {
    if (!error) return reply({ response });
    const { code, message: text, internalMessage, details, wishes } = error;
    reply({ error: { code, message: text, internalMessage, details, wishes } });
  });
}

function toCall(message: CallMessage): Call {
  const endpoint = registry().get(message.service, message.endpoint);
  if (!endpoint) throw new ApiError("not_found", "endpoint not found");
  const span = startSpan({
    kind: "internal",
    name: `worker ${message.endpoint}`,
    service: message.service,
    parent: message.trace,
  });
  return {
    endpoint,
    method: message.method,
    path: message.path,
    params: message.params,
    query: message.query,
    headers: new IncomingHeaders(message.headers, message.forwarding, () => formatTraceparent(span)),
    body: message.body,
    auth: message.auth && { uid: message.auth.uid, data: decodeAuthData(message.auth.json) },
    internal: message.internal,
    span,
    correlationId: message.correlationId,
  };
}
