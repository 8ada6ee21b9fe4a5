import { and, eq, gt, isNull, or, sql } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import { requireWithinQuota } from "../../shared/tenancy/tenant-policy.js";
import type { Db } from "../db.js";
import { apiKeys, organizations, people } from "../schema.js";
import type {
  ApiKey,
  CreateApiKeyRequest,
  CreatedApiKey,
  ListApiKeysRequest,
  ListApiKeysResponse,
  Permission,
} from "../types.js";
import { requestMail } from "./account-mails.js";
import { type Actor, lockMemberships, requireGrantable } from "./role-changes.js";
import { recordForTenant } from "./security-events.js";
import { keyPermissions } from "./verify-credential.js";

const day = 24 * 60 * 60;

/** Makes a key that opens nothing yet; `id` is the key's row, `key` its secret. */
export type MakeKey = (key: {
  userId: string;
  name: string;
  permissions: Permission[];
  expiresInSeconds?: number;
}) => Promise<{ id: string; key: string }>;

/**
 * Makes an API key for the actor's tenant that may do some of what the actor may. Throws `resourceExhausted` where the
 * tenant has as many as its plan allows.
 */
export async function createApiKey(
  db: Db,
  makeKey: MakeKey,
  actor: Actor,
  request: CreateApiKeyRequest & { mostKeys: number },
): Promise<CreatedApiKey> {
  const name = request.name.trim();
  if (name === "" || name.length > 32) throw APIError.invalidArgument("name: 1 to 32 characters.");
  const { expiresInDays, permissions } = request;
  if (
    expiresInDays !== undefined &&
    (!Number.isInteger(expiresInDays) || expiresInDays < 1 || expiresInDays > 3650)
  ) {
    throw APIError.invalidArgument("expiresInDays: a whole number from 1 to 3650.");
  }
  if (permissions.length === 0) throw APIError.invalidArgument("permissions: at least one.");
  requireGrantable(actor, permissions);
  // Asked here too, so that no key is made in vain.
  await requireRoom(db, actor.tenantId, request.mostKeys);
  const made = await makeKey({
    userId: actor.userId,
    name,
    permissions: [...new Set(permissions)],
    ...(expiresInDays === undefined ? {} : { expiresInSeconds: expiresInDays * day }),
  });
  try {
    const key = await db.transaction(async (tx) => {
      await lockMemberships(tx, actor.tenantId);
      await requireRoom(tx, actor.tenantId, request.mostKeys);
      return await bindKey(tx, actor, made.id, "api-key-created");
    });
    return { ...key, key: made.key };
  } catch (error) {
    await db.delete(apiKeys).where(eq(apiKeys.id, made.id));
    throw error;
  }
}

/** Throws `resourceExhausted` unless the tenant may have one more key. Expired ones do not count. */
async function requireRoom(db: Db, tenantId: string, mostKeys: number): Promise<void> {
  requireWithinQuota({ name: "API keys", limit: mostKeys, used: await countApiKeys(db, tenantId) });
}

/** The tenant's keys that have not expired. */
export async function countApiKeys(db: Db, tenantId: string): Promise<number> {
  return await db.$count(
    apiKeys,
    and(eq(apiKeys.tenantId, tenantId), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, sql`now()`))),
  );
}

/** Gives a key its tenant, so that it opens something, and tells of it: the audit log, and by mail its maker. */
async function bindKey(tx: Db, actor: Actor, keyId: string, action: string): Promise<ApiKey> {
  const { tenantId, userId } = actor;
  const [row] = await tx.update(apiKeys).set({ tenantId }).where(eq(apiKeys.id, keyId)).returning();
  const key = toApiKey(row!);
  await recordForTenant(tx, tenantId, {
    action,
    performedBy: userId,
    details: { keyId, name: key.name, permissions: key.permissions },
  });
  const [maker] = await tx
    .select({ id: people.id, email: people.email, name: people.name, organization: organizations.name })
    .from(people)
    .innerJoin(organizations, eq(organizations.id, tenantId))
    .where(eq(people.id, userId));
  if (maker !== undefined) {
    await requestMail(tx, maker, "api-key-created", {
      key: key.name,
      organization: maker.organization,
      permissions: key.permissions.join(", "),
      at: key.createdAt.toISOString(),
    });
  }
  return key;
}

/**
 * Replaces a key by a new one with the same name, permissions and time to live; the old one ends at once. The new one is
 * its rotator's.
 */
export async function rotateApiKey(
  db: Db,
  makeKey: MakeKey,
  actor: Actor,
  keyId: string,
): Promise<CreatedApiKey> {
  const old = await requireKey(db, actor.tenantId, keyId);
  requireGrantable(actor, old.permissions);
  const remaining = old.expiresAt && Math.ceil((old.expiresAt.getTime() - Date.now()) / 1000);
  if (remaining !== undefined && remaining <= 0) {
    throw APIError.failedPrecondition("The key has expired; make a new one.").withDetails({
      reason: "key_expired",
    });
  }
  const made = await makeKey({
    userId: actor.userId,
    name: old.name,
    permissions: old.permissions,
    ...(remaining === undefined ? {} : { expiresInSeconds: Math.max(remaining, day) }),
  });
  const key = await db.transaction(async (tx) => {
    await lockMemberships(tx, actor.tenantId);
    const deleted = await tx
      .delete(apiKeys)
      .where(and(eq(apiKeys.id, keyId), eq(apiKeys.tenantId, actor.tenantId)))
      .returning({ id: apiKeys.id });
    if (deleted.length === 0) throw APIError.notFound("No such API key.");
    if (old.expiresAt !== undefined) {
      await tx.update(apiKeys).set({ expiresAt: old.expiresAt }).where(eq(apiKeys.id, made.id));
    }
    return await bindKey(tx, actor, made.id, "api-key-rotated");
  });
  return { ...key, key: made.key };
}

/** Ends an API key of the tenant. */
export async function revokeApiKey(db: Db, actor: Actor, keyId: string): Promise<void> {
  await db.transaction(async (tx) => {
    const [row] = await tx
      .delete(apiKeys)
      .where(and(eq(apiKeys.id, keyId), eq(apiKeys.tenantId, actor.tenantId)))
      .returning();
    if (row === undefined) throw APIError.notFound("No such API key.");
    await recordForTenant(tx, actor.tenantId, {
      action: "api-key-revoked",
      performedBy: actor.userId,
      details: { keyId, name: row.name ?? "" },
    });
  });
}

const sorting = {
  fields: { name: apiKeys.name, createdAt: apiKeys.createdAt },
  byDefault: "name",
  id: apiKeys.id,
} as const;

/** The API keys of a tenant, by name or as asked for. */
export async function listApiKeys(
  db: Db,
  tenantId: string,
  request: ListApiKeysRequest,
): Promise<ListApiKeysResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 100 });
  const order = sortedPage(request, sorting);
  const rows = await db
    .select({ row: apiKeys, key: order.key })
    .from(apiKeys)
    .where(and(eq(apiKeys.tenantId, tenantId), order.after))
    .orderBy(order.orderBy)
    .limit(limit + 1);
  return {
    apiKeys: rows.slice(0, limit).map(({ row }) => toApiKey(row)),
    ...order.next(rows, limit, ({ row }) => row.id),
  };
}

async function requireKey(db: Db, tenantId: string, keyId: string): Promise<ApiKey> {
  const [row] = await db
    .select()
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), eq(apiKeys.tenantId, tenantId)));
  if (row === undefined) throw APIError.notFound("No such API key.");
  return toApiKey(row);
}

function toApiKey(row: typeof apiKeys.$inferSelect): ApiKey {
  return {
    id: row.id,
    name: row.name ?? "",
    start: row.start ?? "",
    permissions: keyPermissions(row.permissions) as Permission[],
    createdBy: row.referenceId,
    enabled: row.enabled,
    ...(row.expiresAt === null ? {} : { expiresAt: row.expiresAt }),
    ...(row.lastRequest === null ? {} : { lastUsedAt: row.lastRequest }),
    createdAt: row.createdAt,
  };
}
