import { type ConsumerOptions, withDeadLetter } from "../shared/events/dead-letters.js";
import { addToOutbox } from "../shared/events/outbox.js";
import type { TopicMessages, TopicName } from "../shared/events/topics.js";
import type { DeadLetterEvent, EventMessage } from "../shared/events/types.js";
import { db } from "./db.js";

const publishDeadLetter = (deadLetter: DeadLetterEvent): Promise<void> =>
  db.transaction((tx) => addToOutbox(tx, "event-management-dlq", deadLetter));

/** A handler of this service's subscriptions, which moves what it cannot handle to `event-management-dlq`. */
export function consume<TTopic extends TopicName>(
  options: Pick<ConsumerOptions<TTopic>, "topic" | "subscription" | "handles">,
  handler: (event: TopicMessages[TTopic]) => Promise<void>,
): (message: EventMessage) => Promise<void> {
  return withDeadLetter({ ...options, service: "event-management", publishDeadLetter }, handler);
}
