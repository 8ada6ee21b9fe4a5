import { handleOnce } from "../../shared/events/inbox.js";
import type { TopicName } from "../../shared/events/topics.js";
import type { DeadLetterEvent, DeadLettered, Envelope, EventMessage } from "../../shared/events/types.js";
import { db } from "../db.js";
import { keep } from "../event-store/keep.js";
import { deadLetteredEvents, incidentsOpened } from "../metrics.js";
import { sendNotifications } from "../notifications/send-notifications.js";
import { keepDeadLetter, resolveDeadLetter } from "./domain/keep-dead-letter.js";

/**
 * A handler of a queue of dead letters: keeps each, raises an incident and tells people; settles those whose replay was
 * handled.
 */
export function receiveDeadLetter(
  queue: TopicName & `${string}-dlq`,
): (message: EventMessage) => Promise<void> {
  return async (message) => {
    await keep(queue, message);
    const { event } = message as DeadLetterEvent;
    if (event.type === "dead-lettered") await receiveFailed({ ...message, event });
    else {
      const delivery = { subscription: "keep-dead-letters", ...message };
      await handleOnce(db, delivery, (tx) => resolveDeadLetter(tx, { ...message, event }));
    }
  };
}

async function receiveFailed(message: Envelope & { event: DeadLettered }): Promise<void> {
  const { eventId, tenantId, event } = message;
  let deadLetterId: string | undefined;
  await handleOnce(db, { subscription: "keep-dead-letters", eventId, tenantId }, async (tx) => {
    const kept = await keepDeadLetter(tx, message);
    deadLetterId = kept.id;
    deadLetteredEvents.with({ consumer: event.service, subscription: event.subscription }).increment();
    if (kept.incident) incidentsOpened.with({ queue: `${event.service}-dlq` }).increment();
  });
  await sendNotifications({ ...message, deadLetterId });
}
