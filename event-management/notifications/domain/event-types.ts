import type { NotifiableEventType } from "../types.js";

const descriptions: Record<string, string> = {
  "*": "Every event.",
  "rule-created": "A rule was made.",
  "rule-updated": "A rule got a new version.",
  "rule-activated": "A rule was put to use.",
  "rule-retired": "A rule was taken out of use.",
  "rule-drifted": "A schema has changed, and a rule does not fit it any more.",
  "entity-converted": "One record was converted by an execution.",
  "conversion-failed": "One record could not be converted by an execution.",
  "records-converted": "A batch of a job was worked off.",
  "job-started": "A job began.",
  "job-finished": "A job ended, however.",
  "job-completed": "A job ended as it should, or was cancelled.",
  "job-failed": "A job failed as a whole.",
  "schema-analyzed": "The schema of an entity was read.",
  "project-created": "A project was made.",
  "tenant-updated": "The organization's profile, plan or settings changed.",
  "tenant-suspended": "The organization was suspended.",
  "tenant-resumed": "The organization was resumed.",
  "dead-letter": "An event could not be handled by Axion itself: an incident.",
};

/** Events that settings, webhooks and templates may name, with the kinds that they are told apart by. */
export const notifiableEventTypes: NotifiableEventType[] = Object.entries(descriptions).map(
  ([name, description]) => ({ name, description }),
);
