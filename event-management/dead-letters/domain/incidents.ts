import { randomUUID } from "node:crypto";
import { and, eq, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import { newEvent } from "../../../shared/events/envelope.js";
import { addToOutbox } from "../../../shared/events/outbox.js";
import type { Envelope } from "../../../shared/events/types.js";
import { pageSize } from "../../../shared/pagination/cursor.js";
import { sortedPage } from "../../../shared/pagination/sorted-page.js";
import { withTenant } from "../../../shared/tenancy/with-tenant.js";
import type { Db } from "../../db.js";
import { deadLetters, incidents } from "../tables.js";
import type { Incident, ListIncidentsRequest, ListIncidentsResponse } from "../types.js";

const sorting = {
  fields: { openedAt: incidents.openedAt, lastFailedAt: incidents.lastFailedAt },
  byDefault: "-openedAt",
  id: incidents.id,
} as const;

/** Who does what to a queue of dead letters, and because of which event. */
export interface QueueContext {
  tenantId: string;
  userId: string;
  cause?: Envelope;
}

/**
 * Raises the incident of a queue that an event failed into, or adds to the one that is open. To be called before the
 * dead letter is written: the incident's row is what closing it waits for. Returns whether it is new.
 */
export async function raiseIncident(
  tx: Db,
  context: QueueContext,
  failure: { queue: string; error: string; time: Date },
): Promise<boolean> {
  const { tenantId } = context;
  const time = failure.time.toISOString();
  const [row] = await tx.execute<{ id: string; opened: boolean }>(sql`
    insert into incidents (id, tenant_id, queue, opened_at, last_failed_at, last_error)
    values (${randomUUID()}, ${tenantId}, ${failure.queue}, ${time}, ${time}, ${failure.error})
    on conflict (tenant_id, queue) where closed_at is null do update
    set failures = incidents.failures + 1, last_failed_at = excluded.last_failed_at, last_error = excluded.last_error
    returning id, xmax = 0 as opened`);
  if (!row!.opened) return false;
  const { queue, error } = failure;
  await tell(tx, context, { type: "incident-opened" as const, incidentId: row!.id, queue, error });
  return true;
}

/** Closes the incident of a queue whose last dead letter was settled. Returns whether it did. */
export async function closeIncidentOfEmptyQueue(
  tx: Db,
  context: QueueContext,
  service: string,
): Promise<boolean> {
  const { tenantId } = context;
  const queue = `${service}-dlq`;
  const open = and(eq(incidents.tenantId, tenantId), eq(incidents.queue, queue), isNull(incidents.closedAt));
  const [incident] = await tx.select().from(incidents).where(open).for("update");
  if (incident === undefined || (await waitingIn(tx, tenantId, [queue])).get(queue)) return false;
  await tx.update(incidents).set({ closedAt: new Date() }).where(eq(incidents.id, incident.id));
  const { id: incidentId, failures } = incident;
  await tell(tx, context, { type: "incident-closed" as const, incidentId, queue, failures });
  return true;
}

type IncidentEvent =
  | { type: "incident-opened"; incidentId: string; queue: string; error: string }
  | { type: "incident-closed"; incidentId: string; queue: string; failures: number };

async function tell(tx: Db, context: QueueContext, event: IncidentEvent): Promise<void> {
  const { type, ...details } = event;
  const audited = { type: "audit-recorded" as const, action: type, performedBy: context.userId, details };
  await addToOutbox(tx, "notification-events", newEvent(event, context));
  await addToOutbox(tx, "audit-events", newEvent(audited, context));
}

/** The tenant's incidents, newest first or as asked for. */
export async function listIncidents(
  db: Db,
  tenantId: string,
  request: ListIncidentsRequest,
): Promise<ListIncidentsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 200 });
  const order = sortedPage(request, sorting);
  const states = { open: isNull(incidents.closedAt), closed: isNotNull(incidents.closedAt) };
  return await withTenant(db, tenantId, async (tx) => {
    const rows = await tx
      .select({ row: incidents, key: order.key })
      .from(incidents)
      .where(and(eq(incidents.tenantId, tenantId), request.state && states[request.state], order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1);
    const page = rows.slice(0, limit);
    const waiting = await waitingIn(
      tx,
      tenantId,
      page.map(({ row }) => row.queue),
    );
    return {
      incidents: page.map(({ row }) => toIncident(row, waiting.get(row.queue) ?? 0)),
      ...order.next(rows, limit, ({ row }) => row.id),
    };
  });
}

function toIncident(row: typeof incidents.$inferSelect, waiting: number): Incident {
  const { tenantId: _, closedAt, ...rest } = row;
  const open = closedAt === null;
  return {
    ...rest,
    closedAt: closedAt ?? undefined,
    state: open ? "open" : "closed",
    waiting: open ? waiting : 0,
  };
}

async function waitingIn(tx: Db, tenantId: string, queues: string[]): Promise<Map<string, number>> {
  const services = [...new Set(queues)].map((queue) => queue.slice(0, -"-dlq".length));
  if (services.length === 0) return new Map();
  const rows = await tx
    .select({ service: deadLetters.service, waiting: sql<number>`count(*)::int` })
    .from(deadLetters)
    .where(
      and(
        eq(deadLetters.tenantId, tenantId),
        inArray(deadLetters.service, services),
        inArray(deadLetters.state, ["open", "replaying"]),
      ),
    )
    .groupBy(deadLetters.service);
  return new Map(rows.map(({ service, waiting }) => [`${service}-dlq`, waiting]));
}
