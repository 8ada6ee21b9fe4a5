import type { MessagePort } from "node:worker_threads";
import type { AnswerWishes, ErrorCode } from "../errors.js";
import type { WireResponse } from "../http/codec.js";
import type { Forwarding } from "../http/incoming-headers.js";
import type { SpanContext } from "../tracing/trace-context.js";

/** A worker thread has loaded the app and takes calls on this port. */
export interface JoinMessage {
  axionPool: MessagePort;
}

/** A call for a worker thread: still encoded, so that decoding it is the worker's work too. */
export interface CallMessage {
  id: number;
  service: string;
  endpoint: string;
  method: string;
  path: string;
  params: readonly string[];
  query: string;
  headers: readonly string[];
  forwarding: Forwarding | undefined;
  body: Uint8Array | string | undefined;
  auth: { uid: string; json: string } | undefined;
  internal: boolean;
  trace: SpanContext;
  correlationId: string | undefined;
}

/** What came of a call. */
export interface ResultMessage {
  id: number;
  response?: WireResponse;
  error?: {
    code: ErrorCode;
    message: string;
    internalMessage?: string;
    details?: Record<string, unknown>;
    wishes?: AnswerWishes;
  };
}

/** Whether a message of a worker thread is one of ours: apps have workers of their own. */
export function isJoinMessage(message: unknown): message is JoinMessage {
  return typeof message === "object" && message !== null && "axionPool" in message;
}
