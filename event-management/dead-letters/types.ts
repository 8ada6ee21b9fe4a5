/**
 * - `open`: waits for a person.
 * - `replaying`: delivered again to its subscription, whose answer is awaited.
 * - `resolved`: handled after all.
 * - `discarded`: given up for good, with a reason.
 */
export type DeadLetterState = "open" | "replaying" | "resolved" | "discarded";
