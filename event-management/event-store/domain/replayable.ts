import { APIError } from "encore.dev/api";
import { eventCatalogue } from "../../../shared/events/catalogue/event-catalogue.js";
import type { StartEventReplayRequest } from "../types.js";

/** A consumer's inbox remembers events for 30 days: what is older would have its effect a second time. */
export const longestReplayDays = 29;

const mostTypes = 100;
const dayMs = 24 * 60 * 60 * 1000;

/** Subscriptions that nothing is replayed to, and why. */
const notReplayable: Record<string, string> = {
  "event-management/keep-events": "what would be replayed is what it has kept",
  "event-management/keep-dead-letters": "dead letters are replayed one by one, or all of a kind",
  "event-management/send-mails": "mails hold links that open accounts, which are not kept",
};

/** What is to be replayed, checked. Throws `invalidArgument` with the field. */
export function replayOf(
  request: StartEventReplayRequest,
  now = new Date(),
): Required<StartEventReplayRequest> {
  const { subscription, topic, from, types = [] } = request;
  const handled = eventCatalogue.filter(
    (event) => event.topic === topic && event.consumers.includes(subscription),
  );
  if (handled.length === 0) {
    refuse("subscription", "subscription_unknown", "there is no such subscription on this topic");
  }
  const reason = notReplayable[subscription];
  if (reason !== undefined) refuse("subscription", "subscription_not_replayable", reason);
  if (from.getTime() > now.getTime()) refuse("from", "replay_from_future", "lies ahead");
  if (now.getTime() - from.getTime() > longestReplayDays * dayMs) {
    refuse("from", "replay_too_old", `may lie ${longestReplayDays} days back at most`);
  }
  if (types.length > mostTypes) refuse("types", "too_many_types", `may be ${mostTypes} at most`);
  const known = new Set(handled.map(({ type }) => type));
  const unknown = types.findIndex((type) => !known.has(type));
  if (unknown >= 0) {
    refuse(`types.${unknown}`, "event_type_unhandled", "is no event type that the subscription handles");
  }
  return { subscription, topic, from, types };
}

function refuse(field: string, reason: string, problem: string): never {
  throw APIError.invalidArgument(`${field}: ${problem}.`).withDetails({ reason, field });
}
