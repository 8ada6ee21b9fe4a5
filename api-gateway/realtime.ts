import { APIError, api } from "encore.dev/api";
import log from "encore.dev/log";
import { event_management } from "~encore/clients";
import type { FollowEventsRequest, FollowEventsResponse } from "../event-management/event-store/types.js";
import { requireIdentity } from "../shared/tenancy/identity.js";
import { AcknowledgedSink } from "./realtime/acknowledged-sink.js";
import { ClientStream, type MessageSink, StreamEnd } from "./realtime/client-stream.js";
import { LiveEvents } from "./realtime/live-events.js";
import { requireReaderAccess } from "./realtime/reader-access.js";
import { chooseTopics } from "./realtime/topics.js";
import type { RealtimeAcknowledgement, RealtimeHandshake, RealtimeMessage } from "./realtime/types.js";

/** Streams that this process serves at most, and of one credential. */
const mostStreams = 10_000;
const mostStreamsEach = 2_000;

const follow = (request: FollowEventsRequest): Promise<FollowEventsResponse> =>
  event_management.followEvents(request);

const live = new LiveEvents({
  follow,
  onFailure: (error) =>
    log.warn("events are not followed; trying again", {
      error: error instanceof Error ? error.message : String(error),
    }),
});

const open = new Map<string, number>();
let openInAll = 0;

/**
 * What happens, as it happens: events of the chosen rules, jobs, records and projects, and the caller's notifications,
 * over a WebSocket. A client that comes again with the `id` of its last message misses nothing and sees nothing twice.
 * Ends with a reason when the client is too slow, or its access ends. A client may acknowledge what it has with
 * `{ "ack": ID }`, now and then: one that does not comes again after every thousand messages on some hosts.
 */
export const realtime = api.streamInOut<RealtimeHandshake, RealtimeAcknowledgement, RealtimeMessage>(
  { path: "/api/v1/realtime", expose: true, auth: true },
  async (handshake, socket) => {
    const sink = new AcknowledgedSink(socket as MessageSink);
    void takeAcknowledgements(socket, sink);
    const reader = requireIdentity();
    const credential = `${reader.credential} ${reader.credentialId}`;
    const mine = open.get(credential) ?? 0;
    open.set(credential, mine + 1);
    openInAll += 1;
    try {
      if (openInAll > mostStreams || mine >= mostStreamsEach) {
        throw new StreamEnd("too_many_streams", "Too many streams are open.");
      }
      await new ClientStream({
        sink,
        live,
        follow,
        reader: {
          tenantId: reader.tenantId,
          userId: reader.userID,
          topics: chooseTopics(handshake.topics, reader),
        },
        after: positionOf(handshake.lastEventId),
        onFailure: (error) => log.warn(error, "a realtime stream failed", { tenantId: reader.tenantId }),
        requireAccess: () => requireReaderAccess(reader, handshake.topics),
      }).run();
    } catch (error) {
      refuse(sink, error);
    } finally {
      openInAll -= 1;
      const left = (open.get(credential) ?? 1) - 1;
      if (left > 0) open.set(credential, left);
      else open.delete(credential);
    }
  },
);

/** Until the client has gone. */
async function takeAcknowledgements(
  socket: AsyncIterable<RealtimeAcknowledgement>,
  sink: AcknowledgedSink,
): Promise<void> {
  for await (const { ack } of socket) sink.acknowledge(ack);
}

function positionOf(lastEventId: string | undefined): string | undefined {
  if (lastEventId === undefined || lastEventId === "") return undefined;
  if (/^\d{1,18}$/.test(lastEventId)) return lastEventId;
  throw new StreamEnd("last_event_id_invalid", "lastEventId: must be the id of a message of this stream.");
}

/** Tells the client why there is no stream: once a WebSocket is open, no status can say so. */
function refuse(sink: MessageSink, error: unknown): void {
  const { reason, message } = reasonOf(error);
  try {
    void Promise.resolve(sink.send({ kind: "end", id: "0", reason, message })).catch(() => {});
  } catch {
    return; // The client has gone.
  }
  sink.close();
}

function reasonOf(error: unknown): { reason: string; message: string } {
  if (error instanceof StreamEnd) return error;
  if (error instanceof APIError && typeof error.details?.reason === "string") {
    return { reason: error.details.reason, message: error.message };
  }
  log.error(error, "a realtime stream failed");
  return { reason: "unavailable", message: "The stream failed; come again with the last id." };
}
