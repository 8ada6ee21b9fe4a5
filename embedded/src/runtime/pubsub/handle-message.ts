import type { Subscription, Topic } from "../../model/app-model.js";
import type { DeliveredMessage } from "../../providers/pubsub/provider.js";
import { runDetached } from "../async-context.js";
import { type ApiError, coerceToApiError } from "../errors.js";
import { logRequestEnd, logRequestFailed, logRequestStart } from "../logger.js";
import { Request } from "../request.js";
import { decodeJson } from "../schema/json.js";
import { parseJson } from "../schema/parse-json.js";
import { startSpan } from "../tracing/span.js";
import { messageContext } from "./message.js";

type Fields = Record<string, unknown>;

/**
 * One delivery: the message is decoded by its type and given to the handler, in the publisher's trace, with a log
 * entry before and after. Rejects when the message does not fit its type or the handler fails: the message is then
 * delivered again.
 */
export async function handleMessage(
  { topic, name, service }: Subscription,
  schema: Topic["message"],
  handler: (request: Request) => unknown,
  message: DeliveredMessage,
): Promise<void> {
  const { trace, correlationId } = messageContext(message.headers);
  const span = startSpan({
    kind: "consumer",
    name: `process ${topic}`,
    service,
    parent: trace,
  });
  if (span.recording) {
    span.setAttributes({
      "messaging.destination.name": topic,
      "messaging.destination.subscription.name": name,
      "messaging.message.id": message.id,
      "messaging.delivery_attempt": message.attempt,
    });
  }
  const { payload, refused } = decode(schema, message.body);
  const request = new Request(
    { kind: "pubsub", service, topic, subscription: name, message, payload },
    { span, correlationId },
  );
  const started = performance.now();
  logRequestStart(request);
  try {
    if (refused) throw refused;
    await runDetached(handler, request);
    span.end();
    logRequestEnd(request, performance.now() - started, "ok");
  } catch (thrown) {
    const error = coerceToApiError(thrown);
    span.end(thrown);
    logRequestFailed(request, error);
    logRequestEnd(request, performance.now() - started, error.code);
    throw thrown ?? error;
  }
}

function decode(schema: Topic["message"], body: string): { payload: Fields | null; refused?: ApiError } {
  try {
    return { payload: decodeJson(schema, parseJson(body)) as Fields };
  } catch (error) {
    return { payload: null, refused: coerceToApiError(error) };
  }
}
