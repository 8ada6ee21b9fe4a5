import { and, asc, eq, gt, or } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../shared/pagination/cursor.js";
import type { Db } from "../db.js";
import { apiKeys } from "../schema.js";
import type {
  ApiKey,
  CreateApiKeyRequest,
  CreatedApiKey,
  ListApiKeysResponse,
  PageRequest,
  Permission,
} from "../types.js";
import { type Actor, lockMemberships, requireGrantable } from "./role-changes.js";
import { recordForTenant } from "./security-events.js";
import { keyPermissions } from "./verify-credential.js";

const keysPerTenant = 500;
const day = 24 * 60 * 60;

/** Makes a key that opens nothing yet; `id` is the key's row, `key` its secret. */
export type MakeKey = (key: {
  userId: string;
  name: string;
  permissions: Permission[];
  expiresInSeconds?: number;
}) => Promise<{ id: string; key: string }>;

/** Makes an API key for the actor's tenant that may do some of what the actor may. */
export async function createApiKey(
  db: Db,
  makeKey: MakeKey,
  actor: Actor,
  request: CreateApiKeyRequest,
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
  const made = await makeKey({
    userId: actor.userId,
    name,
    permissions: [...new Set(permissions)],
    ...(expiresInDays === undefined ? {} : { expiresInSeconds: expiresInDays * day }),
  });
  return { ...(await bindKey(db, actor, made.id, "api-key-created")), key: made.key };
}

/** Gives a key its tenant, so that it opens something. */
async function bindKey(tx: Db, actor: Actor, keyId: string, action: string): Promise<ApiKey> {
  const { tenantId, userId } = actor;
  return await tx.transaction(async (inner) => {
    await lockMemberships(inner, tenantId);
    if ((await inner.$count(apiKeys, eq(apiKeys.tenantId, tenantId))) >= keysPerTenant) {
      await inner.delete(apiKeys).where(eq(apiKeys.id, keyId));
      throw APIError.resourceExhausted(`A tenant has at most ${keysPerTenant} API keys.`);
    }
    const [row] = await inner.update(apiKeys).set({ tenantId }).where(eq(apiKeys.id, keyId)).returning();
    const key = toApiKey(row!);
    await recordForTenant(inner, tenantId, {
      action,
      performedBy: userId,
      details: { keyId, name: key.name, permissions: key.permissions },
    });
    return key;
  });
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

const cursorSchema = z.object({ name: z.string(), id: z.string() });

/** The API keys of a tenant, by name. */
export async function listApiKeys(
  db: Db,
  tenantId: string,
  request: PageRequest,
): Promise<ListApiKeysResponse> {
  const limit = pageSize(request.limit, { default: 50, max: 100 });
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  const rows = await db
    .select()
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.tenantId, tenantId),
        after &&
          or(gt(apiKeys.name, after.name), and(eq(apiKeys.name, after.name), gt(apiKeys.id, after.id))),
      ),
    )
    .orderBy(asc(apiKeys.name), asc(apiKeys.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit).map(toApiKey);
  const last = page.at(-1);
  return {
    apiKeys: page,
    ...(rows.length > limit && last ? { nextCursor: encodeCursor({ name: last.name, id: last.id }) } : {}),
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
