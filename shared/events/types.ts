/**
 * Every event type, by topic. A new event is one interface in the file of its topic, and its entry in the union of that
 * topic.
 */

export type * from "./types/audit.js";
export type * from "./types/conversion.js";
export type * from "./types/dead-letter.js";
export type * from "./types/envelope.js";
export type * from "./types/ingested.js";
export type * from "./types/notification.js";
export type * from "./types/project.js";
export type * from "./types/schema.js";
export type * from "./types/tenant.js";
