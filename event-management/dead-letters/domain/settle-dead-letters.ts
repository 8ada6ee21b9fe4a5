import { and, asc, eq, inArray } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { schemaProblem, versionsOf } from "../../../shared/events/catalogue/event-catalogue.js";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { TopicName } from "../../../shared/events/topics.js";
import type { EventMessage } from "../../../shared/events/types.js";
import type { JsonValue } from "../../../shared/json.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { deadLetters } from "../tables.js";
import type { DeadLetter, DeadLetterFilter, ReplayDeadLettersResponse } from "../types.js";
import { closeIncidentOfEmptyQueue } from "./incidents.js";
import { conditionOf, type DeadLetterRow, lockDeadLetter, toDeadLetter } from "./list-dead-letters.js";

/** Who settles dead letters. */
export interface Settler {
  tenantId: string;
  userID: string;
}

const replayedTogether = 200;
const mostReplayed = 10_000;
/** A replay that is asked for again within this time is the same one. */
const sameReplayMs = 30_000;

const messageSchema = z.looseObject({
  eventId: z.string().min(1),
  tenantId: z.string().min(1),
  orderingKey: z.string().min(1),
  type: z.string().min(1),
});

/** Replaces what an event that waits tells, after a check by its schema. Throws `invalidArgument` where it does not fit. */
export async function editDeadLetter(
  db: Db,
  settler: Settler,
  edit: { id: string; event: { [field: string]: JsonValue } },
): Promise<DeadLetter> {
  return await withTenant(db, settler.tenantId, async (tx) => {
    const row = await lockDeadLetter(tx, settler.tenantId, edit.id);
    requireWaiting(row);
    requireFitting(row, edit.event);
    const message = messageOf(row);
    const { type, version } = edit.event as { type: string; version?: number };
    const editedEvent = { ...message, type, version, event: edit.event } as JsonValue;
    const [edited] = await tx
      .update(deadLetters)
      .set({ editedEvent })
      .where(eq(deadLetters.id, row.id))
      .returning();
    await audit(tx, settler, { action: "dead-letter-edited", row, more: { event: edit.event } });
    return toDeadLetter(edited!);
  });
}

/** Delivers an event to the subscription that gave it up, again. Throws `failedPrecondition` where it is settled. */
export async function replayDeadLetter(db: Db, settler: Settler, id: string): Promise<DeadLetter> {
  return await withTenant(db, settler.tenantId, async (tx) => {
    const row = await lockDeadLetter(tx, settler.tenantId, id);
    requireWaiting(row);
    const justReplayed = row.replayedAt !== null && Date.now() - row.replayedAt.getTime() < sameReplayMs;
    if (row.state === "replaying" && justReplayed) return toDeadLetter(row);
    messageOf(row);
    const [replayed] = await replay(tx, [row]);
    await audit(tx, settler, { action: "dead-letter-replayed", row });
    return toDeadLetter(replayed!);
  });
}

/** Delivers all open dead letters of a kind again, oldest failures first, up to 10,000. */
export async function replayDeadLetters(
  db: Db,
  settler: Settler,
  filter: DeadLetterFilter,
): Promise<ReplayDeadLettersResponse> {
  const { tenantId } = settler;
  const open = and(conditionOf(tenantId, filter), eq(deadLetters.state, "open"));
  let replayed = 0;
  for (let more = true; more && replayed < mostReplayed; ) {
    const count = await withTenant(db, tenantId, async (tx) => {
      const rows = await tx
        .select()
        .from(deadLetters)
        .where(open)
        .orderBy(asc(deadLetters.failedAt), asc(deadLetters.id))
        .limit(replayedTogether)
        .for("update", { skipLocked: true });
      const able = rows.filter((row) => messageSchema.safeParse(row.event).success);
      if (able.length === 0) return 0;
      await replay(tx, able);
      for (const row of able) await audit(tx, settler, { action: "dead-letter-replayed", row });
      return able.length;
    });
    replayed += count;
    more = count === replayedTogether;
  }
  const remaining = await withTenant(db, tenantId, (tx) => tx.$count(deadLetters, open));
  return { replayed, remaining };
}

/** Gives an event up for good. A second time changes nothing. Throws `failedPrecondition` where it was resolved. */
export async function discardDeadLetter(
  db: Db,
  settler: Settler,
  discard: { id: string; reason: string },
): Promise<DeadLetter> {
  const { tenantId, userID } = settler;
  const reason = discard.reason.trim();
  if (reason.length === 0 || reason.length > 1_000) {
    throw APIError.invalidArgument("reason: must have 1 to 1,000 characters.").withDetails({
      reason: "discard_reason_invalid",
      field: "reason",
    });
  }
  return await withTenant(db, tenantId, async (tx) => {
    const row = await lockDeadLetter(tx, tenantId, discard.id);
    if (row.state === "discarded") return toDeadLetter(row);
    requireWaiting(row);
    const [discarded] = await tx
      .update(deadLetters)
      .set({ state: "discarded", settledAt: new Date(), settledBy: userID, discardReason: reason })
      .where(eq(deadLetters.id, row.id))
      .returning();
    await audit(tx, settler, { action: "dead-letter-discarded", row, more: { discardReason: reason } });
    await closeIncidentOfEmptyQueue(tx, { tenantId, userId: userID }, row.service);
    return toDeadLetter(discarded!);
  });
}

async function replay(tx: Db, rows: DeadLetterRow[]): Promise<DeadLetterRow[]> {
  const replayed: DeadLetterRow[] = [];
  for (const row of rows) {
    const message = { ...messageOf(row), redeliverTo: row.subscription, deadLetterId: row.id };
    await addToOutbox(tx, row.topic as TopicName, message as never);
    const [updated] = await tx
      .update(deadLetters)
      .set({ state: "replaying", replays: row.replays + 1, replayedAt: new Date() })
      .where(and(eq(deadLetters.id, row.id), inArray(deadLetters.state, ["open", "replaying"])))
      .returning();
    replayed.push(updated!);
  }
  return replayed;
}

/** The event that a replay delivers: in its tenant's name, whatever an edit says. */
function messageOf(row: DeadLetterRow): EventMessage {
  const { data } = messageSchema.safeParse(row.editedEvent ?? row.event);
  if (data === undefined || data.tenantId !== row.tenantId) {
    throw APIError.failedPrecondition(
      "The event has no envelope to deliver it with; discard it.",
    ).withDetails({
      reason: "dead_letter_not_replayable",
    });
  }
  return data as unknown as EventMessage;
}

function requireWaiting(row: DeadLetterRow): void {
  if (row.state === "open" || row.state === "replaying") return;
  throw APIError.failedPrecondition(`The dead letter is ${row.state}.`).withDetails({
    reason: "dead_letter_settled",
    state: row.state,
  });
}

function requireFitting(row: DeadLetterRow, event: { [field: string]: JsonValue }): void {
  const refuse = (reason: string, problem: string) => {
    throw APIError.invalidArgument(`event: ${problem}`).withDetails({ reason, field: "event" });
  };
  const { type, version = 1 } = event;
  if (row.eventType === "mail-requested" || type === "mail-requested") {
    refuse("event_not_editable", "what a mail says is not shown, and so cannot be edited.");
  }
  const known = versionsOf(row.topic, String(type)).find((each) => each.version === version);
  if (known === undefined) {
    refuse(
      "event_unknown",
      `there is no event "${String(type)}" in version ${String(version)} on ${row.topic}.`,
    );
  } else {
    const problem = schemaProblem(known, event);
    if (problem !== undefined) refuse("event_invalid", `does not fit its schema: ${problem}.`);
  }
}

async function audit(
  tx: Db,
  settler: Settler,
  what: { action: string; row: DeadLetterRow; more?: Record<string, JsonValue> },
): Promise<void> {
  const { id, service, subscription, eventType, eventId } = what.row;
  const event = {
    type: "audit-recorded" as const,
    action: what.action,
    performedBy: settler.userID,
    details: { deadLetterId: id, service, subscription, eventType, eventId, ...what.more } as Record<
      string,
      JsonValue
    >,
  };
  const context = { tenantId: settler.tenantId, userId: settler.userID };
  await addToOutbox(tx, "audit-events", newEvent(event, context));
}
