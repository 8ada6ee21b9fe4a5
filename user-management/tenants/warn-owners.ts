import { and, eq } from "drizzle-orm";
import { eventIdOf, newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import type { TenantDeletionRequested, TenantEvent } from "../../shared/events/types.js";
import type { Db } from "../db.js";
import { members, organizations, people } from "../schema.js";

const mostOwners = 100;

/**
 * Asks for a mail to each owner: their organization will be deleted, and until when that can be taken back. The ids of
 * these requests follow from the event's, so that its second delivery sends no second mail.
 */
export async function warnOwners(
  db: Db,
  cause: TenantEvent & { event: TenantDeletionRequested },
): Promise<void> {
  const { tenantId, userId, eventId, event } = cause;
  const [[asking], owners] = await Promise.all([
    db.select({ name: people.name }).from(people).where(eq(people.id, userId)),
    db
      .select({ id: people.id, email: people.email, organization: organizations.name })
      .from(members)
      .innerJoin(people, eq(people.id, members.userId))
      .innerJoin(organizations, eq(organizations.id, members.organizationId))
      .where(and(eq(members.organizationId, tenantId), eq(members.role, "owner")))
      .limit(mostOwners),
  ]);
  await db.transaction(async (tx) => {
    for (const { id, email, organization } of owners) {
      const mail = {
        type: "mail-requested" as const,
        to: email,
        template: "tenant-deletion-requested" as const,
        data: {
          organization,
          purgeAt: event.purgeAt,
          ...(asking === undefined ? {} : { requestedBy: asking.name }),
        },
      };
      const request = newEvent(mail, { tenantId, userId, orderedBy: id, cause });
      await addToOutbox(tx, "notification-events", { ...request, eventId: eventIdOf(`${eventId}/${id}`) });
    }
  });
}
