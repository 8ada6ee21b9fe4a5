import { randomUUID } from "node:crypto";
import { and, asc, count, eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { violatedConstraint } from "../../shared/database/violations.js";
import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import { requirePublicHost } from "../../shared/network/address-guard.js";
import { openText, sealText } from "../../shared/secrets/sealed-text.js";
import type { ServiceKey } from "../../shared/secrets/service-keys.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { dataSources } from "../schema.js";
import type { DataSource, ResolvedDataSource } from "../types.js";
import { parseSourceUrl } from "./source-url.js";

const mostSources = 100;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type DataSourceRow = typeof dataSources.$inferSelect;

/** Who does it, and for which tenant. */
export interface SourceActor {
  tenantId: string;
  userID: string;
}

/** Adds a data source. Throws `invalidArgument`, `alreadyExists` for a taken name, `resourceExhausted` at 100. */
export async function createDataSource(
  db: Db,
  key: ServiceKey,
  request: SourceActor & { name: string; url: string },
): Promise<DataSource> {
  const { tenantId, userID, name } = request;
  const connection = await sealUrl(key, { tenantId, id: randomUUID(), url: request.url });
  return await naming(name, () =>
    withTenant(db, tenantId, async (tx) => {
      const [existing] = await tx
        .select({ number: count() })
        .from(dataSources)
        .where(eq(dataSources.tenantId, tenantId));
      if ((existing?.number ?? 0) >= mostSources) {
        throw APIError.resourceExhausted(`A tenant has ${mostSources} data sources at most.`);
      }
      const [row] = await tx
        .insert(dataSources)
        .values({ ...connection, tenantId, name, createdBy: userID })
        .returning();
      await audit(tx, request, "data-source-created", row!);
      return toDataSource(row!);
    }),
  );
}

/** The tenant's data sources, by name. */
export async function listDataSources(db: Db, tenantId: string): Promise<DataSource[]> {
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select()
      .from(dataSources)
      .where(eq(dataSources.tenantId, tenantId))
      .orderBy(asc(dataSources.name))
      .limit(mostSources),
  );
  return rows.map(toDataSource);
}

/** One data source by id or name. Throws `notFound`. */
export async function getDataSource(db: Db, tenantId: string, source: string): Promise<DataSource> {
  return toDataSource(await withTenant(db, tenantId, (tx) => find(tx, tenantId, source)));
}

/** Renames a data source or points it elsewhere. */
export async function updateDataSource(
  db: Db,
  key: ServiceKey,
  request: SourceActor & { source: string; name?: string; url?: string },
): Promise<DataSource> {
  const { tenantId, source, name, url } = request;
  const { id } = await getDataSource(db, tenantId, source);
  const connection = url === undefined ? {} : await sealUrl(key, { tenantId, id, url });
  return await naming(name, () =>
    withTenant(db, tenantId, async (tx) => {
      const [row] = await tx
        .update(dataSources)
        .set({ ...connection, name, updatedAt: new Date() })
        .where(and(eq(dataSources.tenantId, tenantId), eq(dataSources.id, id)))
        .returning();
      if (row === undefined) throw noSuchSource(source);
      await audit(tx, request, "data-source-updated", row);
      return toDataSource(row);
    }),
  );
}

/** Removes a data source. Rules that name it fail from then on with the source's name. */
export async function deleteDataSource(db: Db, request: SourceActor & { source: string }): Promise<void> {
  const { tenantId, source } = request;
  await withTenant(db, tenantId, async (tx) => {
    const row = await find(tx, tenantId, source);
    await tx.delete(dataSources).where(and(eq(dataSources.tenantId, tenantId), eq(dataSources.id, row.id)));
    await audit(tx, request, "data-source-deleted", row);
  });
}

/** A data source with its connection string, for the services that connect to it. */
export async function resolveDataSource(
  db: Db,
  key: ServiceKey,
  tenantId: string,
  source: string,
): Promise<ResolvedDataSource> {
  const row = await withTenant(db, tenantId, (tx) => find(tx, tenantId, source));
  if (row.keyId !== key.id) {
    throw APIError.failedPrecondition(
      `The data source "${row.name}" was stored under another key (${row.keyId}); set its url again.`,
    ).withDetails({ reason: "data_source_key_changed" });
  }
  await requirePublicHost("url", row.host);
  return { id: row.id, name: row.name, url: openText(key, row.sealedUrl, owner(tenantId, row.id)) };
}

async function sealUrl(key: ServiceKey, source: { tenantId: string; id: string; url: string }) {
  const address = parseSourceUrl(source.url);
  await requirePublicHost("url", address.host);
  const sealedUrl = sealText(key, source.url, owner(source.tenantId, source.id));
  return { id: source.id, ...address, sealedUrl, keyId: key.id };
}

function owner(tenantId: string, id: string): string {
  return `${tenantId}:${id}`;
}

async function find(tx: Db, tenantId: string, source: string): Promise<DataSourceRow> {
  const named = uuidPattern.test(source) ? eq(dataSources.id, source) : eq(dataSources.name, source);
  const [row] = await tx
    .select()
    .from(dataSources)
    .where(and(eq(dataSources.tenantId, tenantId), named));
  if (row === undefined) throw noSuchSource(source);
  return row;
}

function noSuchSource(source: string): APIError {
  return APIError.notFound(`No data source "${source}".`).withDetails({ reason: "unknown_data_source" });
}

async function naming<T>(name: string | undefined, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    switch (violatedConstraint(error)) {
      case "data_sources_tenant_name":
        throw APIError.alreadyExists(`name: there is a data source "${name}" already.`);
      case "data_sources_name":
        throw APIError.invalidArgument(
          "name: a lower-case letter, then letters, digits, _ and -, at most 63 in all; `workspace` is taken.",
        );
      default:
        throw error;
    }
  }
}

async function audit(tx: Db, actor: SourceActor, action: string, row: DataSourceRow): Promise<void> {
  const details = {
    dataSourceId: row.id,
    name: row.name,
    host: row.host,
    port: row.port,
    database: row.databaseName,
  };
  await addToOutbox(
    tx,
    "audit-events",
    newEvent(
      { type: "audit-recorded" as const, action, performedBy: actor.userID, details },
      { tenantId: actor.tenantId, userId: actor.userID, orderedBy: row.id },
    ),
  );
}

function toDataSource(row: DataSourceRow): DataSource {
  return {
    id: row.id,
    name: row.name,
    kind: "postgres",
    host: row.host,
    port: row.port,
    database: row.databaseName,
    user: row.userName,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
