import { randomUUID } from "node:crypto";
import { and, count, eq, type SQL } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { violatedConstraint } from "../../shared/database/violations.js";
import { newEvent } from "../../shared/events/envelope.js";
import { addToOutbox } from "../../shared/events/outbox.js";
import { HostProblem, resolveAllowedHost } from "../../shared/network/address-guard.js";
import { pageSize } from "../../shared/pagination/cursor.js";
import { sortedPage } from "../../shared/pagination/sorted-page.js";
import { readForTenant } from "../../shared/tenancy/one-message.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { dataSources } from "../schema.js";
import type {
  DataSource,
  DataSourceSettings,
  ListDataSourcesRequest,
  ListDataSourcesResponse,
  ResolvedDataSource,
} from "../types.js";
import { type KeyRing, openUrl, sealUrl } from "./source-keys.js";
import { completeSettings } from "./source-settings.js";
import { parseSourceUrl, type SourceAddress } from "./source-url.js";

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
  keys: KeyRing,
  request: SourceActor & DataSourceSettings & { name: string; url: string },
): Promise<DataSource> {
  const { tenantId, userID, name } = request;
  const address = parseSourceUrl(request.url);
  const settings = completeSettings(request, address);
  await refusePrivateHost(address);
  const connection = connectionRow(keys, { tenantId, id: randomUUID(), address });
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
        .values({ ...connection, ...settings, tenantId, name, createdBy: userID })
        .returning();
      await audit(tx, request, "data-source-created", row!);
      return toDataSource(row!);
    }),
  );
}

const sorting = {
  fields: { name: dataSources.name, createdAt: dataSources.createdAt, updatedAt: dataSources.updatedAt },
  byDefault: "name",
  id: dataSources.id,
} as const;

/** The tenant's data sources, by name or as asked for. */
export async function listDataSources(
  db: Db,
  request: ListDataSourcesRequest,
): Promise<ListDataSourcesResponse> {
  const { tenantId } = request;
  const limit = pageSize(request.limit, { default: mostSources, max: mostSources });
  const order = sortedPage(request, sorting);
  const rows = await withTenant(db, tenantId, (tx) =>
    tx
      .select({ source: dataSources, key: order.key })
      .from(dataSources)
      .where(and(eq(dataSources.tenantId, tenantId), order.after))
      .orderBy(order.orderBy)
      .limit(limit + 1),
  );
  return {
    dataSources: rows.slice(0, limit).map(({ source }) => toDataSource(source)),
    ...order.next(rows, limit, ({ source }) => source.id),
  };
}

/** One data source by id or name. Throws `notFound`. */
export async function getDataSource(db: Db, tenantId: string, source: string): Promise<DataSource> {
  return toDataSource(await withTenant(db, tenantId, (tx) => find(tx, tenantId, source)));
}

/** Renames a data source, points it elsewhere, or changes how it is reached. Its url is encrypted anew. */
export async function updateDataSource(
  db: Db,
  keys: KeyRing,
  request: SourceActor & DataSourceSettings & { source: string; name?: string; url?: string },
): Promise<DataSource> {
  const { tenantId, source, name } = request;
  const address = request.url === undefined ? undefined : parseSourceUrl(request.url);
  if (address) await refusePrivateHost(address);
  return await naming(name, () =>
    withTenant(db, tenantId, async (tx) => {
      const known = await find(tx, tenantId, source, { lock: true });
      const { id } = known;
      const settings = completeSettings(request, address, known);
      const connection = address
        ? connectionRow(keys, { tenantId, id, address })
        : sealUrl(keys, { tenantId, id, url: openUrl(keys, known) });
      const [row] = await tx
        .update(dataSources)
        .set({ ...connection, ...settings, name, updatedAt: new Date() })
        .where(and(eq(dataSources.tenantId, tenantId), eq(dataSources.id, id)))
        .returning();
      await audit(tx, request, "data-source-updated", row!);
      return toDataSource(row!);
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
  keys: KeyRing,
  tenantId: string,
  source: string,
): Promise<ResolvedDataSource> {
  const [[row]] = await readForTenant(db, tenantId, [{ from: dataSources, where: wanted(tenantId, source) }]);
  if (row === undefined) throw noSuchSource(source);
  const stored = parseSourceUrl(openUrl(keys, row));
  return {
    id: row.id,
    name: row.name,
    url: stored.url,
    tls: stored.tls ?? row.tls,
    caCertificate: row.caCertificate ?? undefined,
    pooled: row.pooled,
    readOnly: row.readOnly,
    statementTimeoutMs: row.statementTimeoutMs,
  };
}

/** What a row keeps of a connection string. */
function connectionRow(keys: KeyRing, source: { tenantId: string; id: string; address: SourceAddress }) {
  const { host, port, databaseName, userName, url } = source.address;
  return { id: source.id, host, port, databaseName, userName, ...sealUrl(keys, { ...source, url }) };
}

/**
 * Refuses a host at a private address when the source is saved. A host that is not found passes: a test of the connection
 * says so. Each connection is checked again when it is made.
 */
async function refusePrivateHost({ host }: SourceAddress): Promise<void> {
  try {
    await resolveAllowedHost(host);
  } catch (error) {
    if (!(error instanceof HostProblem)) throw error;
    if (error.code === "host_not_found") return;
    throw APIError.invalidArgument(`url: ${error.message}`).withDetails({
      reason: error.code,
      path: "url",
    });
  }
}

/** The data source by its id or name. */
function wanted(tenantId: string, source: string): SQL | undefined {
  // No name holds U+0000, and no statement may.
  const name = source.replaceAll("\0", "\uFFFD");
  const named = uuidPattern.test(source) ? eq(dataSources.id, source) : eq(dataSources.name, name);
  return and(eq(dataSources.tenantId, tenantId), named);
}

async function find(
  tx: Db,
  tenantId: string,
  source: string,
  options: { lock?: boolean } = {},
): Promise<DataSourceRow> {
  const query = tx.select().from(dataSources).where(wanted(tenantId, source));
  const [row] = options.lock ? await query.for("update") : await query;
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
    tls: row.tls,
    caCertificate: row.caCertificate ?? undefined,
    pooled: row.pooled,
    readOnly: row.readOnly,
    statementTimeoutMs: row.statementTimeoutMs,
    keyId: row.keyId,
    createdBy: row.createdBy,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}
