import type { MessagePort, Worker } from "node:worker_threads";
import { ApiError } from "../errors.js";
import { type Call, type Done, invoke } from "../http/invoke.js";
import { requestFinished } from "../metrics.js";
import { writeJson } from "../schema/write-json.js";
import { type CallMessage, isJoinMessage, type ResultMessage } from "./messages.js";

/** A worker thread that runs typed endpoints for the main thread. */
class Member {
  private readonly pending = new Map<number, Done>();
  private lastId = 0;

  constructor(private readonly port: MessagePort) {
    port.on("message", (result: ResultMessage) => {
      const done = this.pending.get(result.id);
      this.pending.delete(result.id);
      const { error, response } = result;
      done?.(error && toApiError(error), response);
    });
    port.unref();
  }

  run(call: Call, done: Done): void {
    const id = ++this.lastId;
    const started = performance.now();
    const { service, name } = call.endpoint;
    this.pending.set(id, (error, response) => {
      call.span.end(error);
      requestFinished(service, name, error?.code ?? "ok", (performance.now() - started) / 1000);
      done(error, response);
    });
    // A copy of its own: a Buffer shares memory with other requests.
    const body = typeof call.body === "object" ? new Uint8Array(call.body) : call.body;
    const { traceId, spanId, sampled, traceState } = call.span;
    const message: CallMessage = {
      id,
      service,
      endpoint: name,
      method: call.method,
      path: call.path,
      params: call.params,
      query: call.query,
      headers: call.headers.raw,
      forwarding: call.headers.forwarding,
      body,
      auth: call.auth && { uid: call.auth.uid, json: writeJson(call.auth.data) },
      internal: call.internal,
      trace: { traceId, spanId, sampled, traceState },
      correlationId: call.correlationId,
    };
    this.port.postMessage(message, typeof body === "object" ? [body.buffer] : []);
  }

  /** The thread has ended: what it was doing will not be finished. */
  abandon(): void {
    for (const done of this.pending.values()) {
      done(new ApiError("unavailable", "the worker thread that ran the request has ended"), undefined);
    }
    this.pending.clear();
  }
}

function toApiError(sent: NonNullable<ResultMessage["error"]>): ApiError {
  const error = new ApiError(sent.code, sent.message, sent.internalMessage, sent.details);
  error.wishes = sent.wishes;
  return error;
}

const members: Member[] = [];
let turn = 0;

/** Lets worker threads join that the SDK starts with the app's entry point. Called once, on the main thread. */
export function openPool(): void {
  process.on("worker", (worker: Worker) => {
    worker.on("message", (message: unknown) => {
      if (!isJoinMessage(message)) return;
      const member = new Member(message.axionPool);
      members.push(member);
      worker.once("exit", () => {
        members.splice(members.indexOf(member), 1);
        member.abandon();
      });
    });
  });
}

/** Runs a typed endpoint, here or in a worker thread, in turn. */
export function dispatch(call: Call, done: Done): void {
  if (members.length === 0) {
    invoke(call, done);
    return;
  }
  turn = (turn + 1) % (members.length + 1);
  const member = members[turn - 1];
  if (member) member.run(call, done);
  else invoke(call, done);
}
