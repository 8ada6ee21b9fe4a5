import { eventCatalogue } from "../events/catalogue/event-catalogue.js";

/** An event that settings, webhooks and templates may name. */
export interface NotifiableEvent {
  name: string;
  description: string;
}

/** Kinds that events are told apart by, beside their types. */
const kinds: NotifiableEvent[] = [
  { name: "job-completed", description: "A job ended as it should, or was cancelled." },
  { name: "job-failed", description: "A job failed as a whole." },
  { name: "dead-letter", description: "An event could not be handled by Axion itself." },
  { name: "webhook-disabled", description: "A webhook is given up. Its organization's owners are told." },
  { name: "webhook.test", description: "A webhook is tried out. Only the webhook itself gets it." },
];

/**
 * Events that nobody is told of: they are about telling, they stand in other logs row by row, or they pass between
 * services. Mails, whose links let their reader in, are among them.
 */
const untold = new Set([
  "notification-created",
  "notification-read",
  "notification-requested",
  "mail-requested",
  "audit-recorded",
  "tenant-purge-requested",
  "tenant-data-purged",
  "dead-lettered",
  "dead-letter-resolved",
]);

/** Names of events of one's own, told of by `POST /notifications/conversion`. */
const ownPrefix = "custom.";

const catalogued = eventCatalogue
  .filter(({ type }) => !untold.has(type))
  .map(({ type, description }) => ({ name: type, description }));
const byName = new Map([...catalogued, ...kinds].map((event) => [event.name, event]));

/** All events that settings, webhooks and templates may name, by name. */
export const notifiableEvents: NotifiableEvent[] = [...byName.values()].sort((a, b) =>
  a.name < b.name ? -1 : 1,
);

/** Whether people and webhooks may be told of events of a type. */
export function isTold(type: string): boolean {
  return type === "notification-requested" || type === "dead-lettered" || !untold.has(type);
}

/** Whether settings may name it: a type or kind of event, or one of the tenant's own. */
export function isNotifiableName(name: string): boolean {
  return byName.has(name) || name.startsWith(ownPrefix);
}
