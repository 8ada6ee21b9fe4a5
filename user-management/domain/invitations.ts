import { randomUUID } from "node:crypto";
import { and, eq, gt, lt, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { violatedConstraint } from "../../shared/database/violations.js";
import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import { requireWithinQuota } from "../../shared/tenancy/tenant-policy.js";
import type { Db } from "../db.js";
import { invitations, members, organizations, people, sessions } from "../schema.js";
import type {
  CreateInvitationRequest,
  Invitation,
  InvitationStatus,
  ListInvitationsRequest,
  ListInvitationsResponse,
} from "../types.js";
import { countMembers, requireRole } from "./members.js";
import { type Actor, lockMemberships, requireGrantable } from "./role-changes.js";
import { recordForTenant } from "./security-events.js";

const waitingPerTenant = 500;
const lifetimeDays = 7;
const emailSchema = z.email().max(254);

/**
 * Invites an e-mail address to the actor's tenant, and asks for the mail that says so. Throws `resourceExhausted` where
 * members and waiting invitations are as many as the plan allows members.
 */
export async function createInvitation(
  db: Db,
  actor: Actor,
  request: CreateInvitationRequest & { publicUrl: string; mostMembers: number },
): Promise<Invitation> {
  const { tenantId, userId } = actor;
  const email = request.email.trim().toLowerCase();
  if (!emailSchema.safeParse(email).success) throw APIError.invalidArgument("email: not an e-mail address.");
  requireGrantable(actor, await requireRole(db, tenantId, request.role));
  try {
    return await db.transaction(async (tx) => {
      await lockMemberships(tx, tenantId);
      await endExpired(tx, tenantId);
      await requireNewcomer(tx, tenantId, email);
      const waiting = await countWaiting(tx, tenantId);
      if (waiting >= waitingPerTenant) {
        throw APIError.resourceExhausted(`At most ${waitingPerTenant} invitations wait at a time.`);
      }
      const used = waiting + (await countMembers(tx, tenantId));
      requireWithinQuota({ name: "members", limit: request.mostMembers, used });
      const id = randomUUID();
      await tx.insert(invitations).values({
        id,
        organizationId: tenantId,
        email,
        role: request.role,
        inviterId: userId,
        createdAt: new Date(),
        expiresAt: new Date(Date.now() + lifetimeDays * 24 * 60 * 60 * 1000),
      });
      const invitation = await readInvitation(tx, eq(invitations.id, id));
      await recordForTenant(tx, tenantId, {
        action: "member-invited",
        performedBy: userId,
        details: { invitationId: id, email, role: request.role },
      });
      await askForMail(tx, actor, invitation, request.publicUrl);
      return invitation;
    });
  } catch (error) {
    if (violatedConstraint(error) === "invitations_tenant_email_pending") {
      throw APIError.alreadyExists("email: this address is invited already.").withDetails({
        reason: "already_invited",
      });
    }
    throw error;
  }
}

async function requireNewcomer(tx: Db, tenantId: string, email: string): Promise<void> {
  const known = await tx
    .select({ id: members.id })
    .from(members)
    .innerJoin(people, eq(people.id, members.userId))
    .where(and(eq(members.organizationId, tenantId), eq(people.email, email)));
  if (known.length > 0) {
    throw APIError.alreadyExists("email: this person is a member already.").withDetails({
      reason: "already_member",
    });
  }
}

async function countWaiting(tx: Db, tenantId: string): Promise<number> {
  return await tx.$count(
    invitations,
    and(eq(invitations.organizationId, tenantId), eq(invitations.status, "pending")),
  );
}

async function endExpired(tx: Db, tenantId: string): Promise<void> {
  await tx
    .update(invitations)
    .set({ status: "expired" })
    .where(
      and(
        eq(invitations.organizationId, tenantId),
        eq(invitations.status, "pending"),
        lt(invitations.expiresAt, sql`now()`),
      ),
    );
}

async function askForMail(
  tx: Db,
  { tenantId, userId }: Actor,
  invitation: Invitation,
  publicUrl: string,
): Promise<void> {
  const [inviter] = await tx.select({ name: people.name }).from(people).where(eq(people.id, userId));
  await addToOutbox(
    tx,
    "notification-events",
    newEvent(
      {
        type: "mail-requested" as const,
        to: invitation.email,
        template: "invitation" as const,
        data: {
          url: `${publicUrl}/api/v1/invitations/${invitation.id}`,
          organization: invitation.tenantName,
          inviter: inviter?.name ?? "",
          role: invitation.role,
          expiresAt: invitation.expiresAt.toISOString(),
        },
      },
      { tenantId, userId, orderedBy: invitation.id },
    ),
  );
}

const sorting = {
  fields: {
    createdAt: invitations.createdAt,
    expiresAt: invitations.expiresAt,
    email: invitations.email,
  },
  byDefault: "-createdAt",
  id: invitations.id,
} as const;

/** Invitations by tenant or by invited address, newest first or as asked for. */
export async function listInvitations(
  db: Db,
  of: { tenantId: string } | { email: string },
  request: ListInvitationsRequest,
): Promise<ListInvitationsResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 100 });
  const order = sortedPage(request, sorting);
  const rows = await invitationRows(db, order.key)
    .where(
      and(
        "tenantId" in of
          ? eq(invitations.organizationId, of.tenantId)
          : and(eq(invitations.email, of.email), eq(invitations.status, "pending")),
        order.after,
      ),
    )
    .orderBy(order.orderBy)
    .limit(limit + 1);
  return {
    invitations: rows.slice(0, limit).map(toInvitation),
    ...order.next(rows, limit, ({ invitation }) => invitation.id),
  };
}

/** An invitation of the person with this address. Any other does not exist. */
export async function getOwnInvitation(db: Db, userId: string, invitationId: string): Promise<Invitation> {
  return await readInvitation(
    db,
    and(eq(invitations.id, invitationId), eq(invitations.email, await emailOf(db, userId))),
  );
}

/** The confirmed address of a person. */
export async function emailOf(db: Db, userId: string): Promise<string> {
  const [person] = await db
    .select({ email: people.email })
    .from(people)
    .where(and(eq(people.id, userId), eq(people.emailVerified, true)));
  if (person === undefined) throw APIError.notFound("No such person.");
  return person.email;
}

/** Takes an invitation back that was not accepted yet. */
export async function revokeInvitation(db: Db, actor: Actor, invitationId: string): Promise<void> {
  const ofTenant = and(eq(invitations.id, invitationId), eq(invitations.organizationId, actor.tenantId));
  await db.transaction(async (tx) => {
    const [revoked] = await tx
      .update(invitations)
      .set({ status: "revoked" })
      .where(and(ofTenant, eq(invitations.status, "pending")))
      .returning();
    if (revoked === undefined) {
      const invitation = await readInvitation(tx, ofTenant);
      throw notPending(invitation.status);
    }
    await recordForTenant(tx, actor.tenantId, {
      action: "invitation-revoked",
      performedBy: actor.userId,
      details: { invitationId, email: revoked.email },
    });
  });
}

/**
 * Makes the invited person a member. Works once, and for nobody else. The session works in the tenant from now on. Throws
 * `resourceExhausted` where the tenant has as many members as its plan allows, which `mostMembersOf` tells.
 */
export async function acceptInvitation(
  db: Db,
  person: { userId: string; sessionId?: string; mostMembersOf: (tenantId: string) => Promise<number> },
  invitationId: string,
): Promise<Invitation> {
  const email = await emailOf(db, person.userId);
  const own = and(eq(invitations.id, invitationId), eq(invitations.email, email));
  const waiting = await readInvitation(db, own);
  const mostMembers = await person.mostMembersOf(waiting.tenantId);
  return await db.transaction(async (tx) => {
    await lockMemberships(tx, waiting.tenantId);
    const accepted = await tx
      .update(invitations)
      .set({ status: "accepted" })
      .where(and(own, eq(invitations.status, "pending"), gt(invitations.expiresAt, sql`now()`)))
      .returning({ role: invitations.role });
    const invitation = await readInvitation(tx, own);
    const role = accepted[0]?.role;
    if (role === undefined) throw notPending(invitation.status);
    const { tenantId } = invitation;
    requireWithinQuota({ name: "members", limit: mostMembers, used: await countMembers(tx, tenantId) });
    await tx
      .insert(members)
      .values({ id: randomUUID(), organizationId: tenantId, userId: person.userId, role })
      .onConflictDoNothing();
    if (person.sessionId !== undefined) {
      await tx
        .update(sessions)
        .set({ activeOrganizationId: tenantId })
        .where(and(eq(sessions.id, person.sessionId), eq(sessions.userId, person.userId)));
    }
    await recordForTenant(tx, tenantId, {
      action: "invitation-accepted",
      performedBy: person.userId,
      details: { invitationId, email, role },
    });
    return invitation;
  });
}

function notPending(status: InvitationStatus): APIError {
  return APIError.failedPrecondition(`The invitation is ${status}.`).withDetails({
    reason: `invitation_${status}`,
  });
}

function invitationRows(db: Db, key = sql<string>`''`) {
  return db
    .select({ invitation: invitations, tenantName: organizations.name, key })
    .from(invitations)
    .innerJoin(organizations, eq(organizations.id, invitations.organizationId))
    .$dynamic();
}

async function readInvitation(db: Db, where: ReturnType<typeof and>): Promise<Invitation> {
  const [row] = await invitationRows(db).where(where);
  if (row === undefined) throw APIError.notFound("No such invitation.");
  return toInvitation(row);
}

function toInvitation(row: { invitation: typeof invitations.$inferSelect; tenantName: string }): Invitation {
  const { organizationId: tenantId, status, ...rest } = row.invitation;
  const over = status === "pending" && rest.expiresAt <= new Date();
  return {
    ...rest,
    tenantId,
    tenantName: row.tenantName,
    status: over ? "expired" : (status as InvitationStatus),
  };
}
