import type { IncomingMessage, ServerResponse } from "node:http";
import { ErrCode } from "encore.dev/api";
import { event_management } from "~encore/clients";
import type {
  IndexedCloudEvent,
  IngestEventsResponse,
  RejectedCloudEvent,
} from "../../event-management/ingestion/types.js";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { requireEventAllowance } from "../limits/count-events.js";
import { answerError, answerJson } from "../raw-answers.js";
import { BulkTurns } from "./bulk-turns.js";
import { RequestProblem } from "./event-problem.js";
import { largestBody, readEvents } from "./read-events.js";

const slowSenderMs = 30_000;
/** Bytes that are read of a body at most, of which those beyond `largestBody` are thrown away; the routes allow more. */
const mostRead = 64 * 1024 * 1024;

const turns = new BulkTurns();

/**
 * Takes CloudEvents in: 202 once they are durable, with those that were not accepted listed one by one; 400 where none
 * was, 409 where the only one differs from what its source told before.
 */
export async function ingest(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const identity = requireIdentity();
    const { batch, events, rejected } = readEvents(request.headers, await bodyOf(request));
    if (events.length > 0) await requireEventAllowance(identity, events.length);
    const stored =
      events.length > 0 ? await store(identity.tenantId, events) : { accepted: [], rejected: [] };
    const refused = [...rejected, ...stored.rejected].sort((one, other) => one.index - other.index);
    const duplicates = stored.accepted.filter(({ duplicate }) => duplicate).length;
    const body = {
      accepted: stored.accepted.length - duplicates,
      duplicates,
      events: stored.accepted,
      rejected: refused,
    };
    if (stored.accepted.length > 0 || refused.length === 0) answerJson(response, 202, body);
    else if (batch) answerJson(response, 400, { ...noneAccepted(refused), ...body });
    else answerRefused(response, refused[0]!);
  } catch (error) {
    if (!(error instanceof RequestProblem)) return answerError(response, error);
    const { status, reason, message } = error;
    const headers: Record<string, string> = request.complete ? {} : { Connection: "close" };
    answerJson(response, status, { code: ErrCode.InvalidArgument, message, details: { reason } }, headers);
  }
}

async function store(tenantId: string, events: IndexedCloudEvent[]): Promise<IngestEventsResponse> {
  const parts = await turns.run(tenantId, events, (part) => event_management.ingestEvents({ events: part }));
  return {
    accepted: parts.flatMap(({ accepted }) => accepted),
    rejected: parts.flatMap(({ rejected }) => rejected),
  };
}

function noneAccepted(refused: RejectedCloudEvent[]): object {
  const message = `None of the ${refused.length} events was accepted: rejected says why.`;
  return { code: ErrCode.InvalidArgument, message, details: { reason: "events_rejected" } };
}

function answerRefused(response: ServerResponse, refused: RejectedCloudEvent): void {
  const { path, reason, message, source, id } = refused;
  const [status, code] =
    reason === "content_differs"
      ? [409, ErrCode.AlreadyExists]
      : [reason === "too_large" && path === "" ? 413 : 400, ErrCode.InvalidArgument];
  answerJson(response, status, { code, message, details: { reason, path, source, id }, rejected: [refused] });
}

/**
 * The whole body, if it is not too large and comes in time. One that is too large is read to its end all the same, up to
 * what the host lets through: a sender whose connection is cut while it still sends does not see the answer.
 */
async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () =>
    new RequestProblem(413, "body_too_large", `A request has at most ${largestBody} bytes; send several.`);
  if (Number(request.headers["content-length"] ?? 0) > mostRead) throw tooLarge();
  let chunks: Buffer[] = [];
  let size = 0;
  const slow = setTimeout(() => request.destroy(new Error("The body did not come in time.")), slowSenderMs);
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > mostRead) throw tooLarge();
      if (size <= largestBody) chunks.push(chunk);
      else chunks = [];
    }
  } finally {
    clearTimeout(slow);
  }
  if (size > largestBody) throw tooLarge();
  return Buffer.concat(chunks);
}
