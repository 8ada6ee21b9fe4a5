import { z } from "zod";
import { decodeCursor, encodeCursor, pageSize } from "../../../shared/pagination/cursor.js";
import type { RefreshSchemasRequest, RefreshSchemasResponse } from "../types.js";
import { cacheEntity, type DiscoveryContext } from "./discover.js";
import { readCataloguePage, readEntities } from "./read-entity.js";
import { knownEntities, recordRemovals, recordSchemas } from "./record-schemas.js";

const cursorSchema = z.object({ schema: z.string(), table: z.string() });
const mostKnown = 10_000;
const checkedAtATime = 500;

/**
 * Reads a page of a data source's entities from its live database and records what is new or has changed. A round over
 * all of them is several calls, each of one round trip; the last one also finds what is gone.
 */
export async function refreshSource(
  context: DiscoveryContext,
  request: RefreshSchemasRequest,
): Promise<RefreshSchemasResponse> {
  const { db, cache, source, userId } = context;
  const owner = { tenantId: source.tenantId, source: source.name, userId };
  const limit = pageSize(request.limit, { default: 200, max: 500 });
  const after = request.cursor === undefined ? undefined : decodeCursor(request.cursor, cursorSchema);
  const found = await readCataloguePage(source, { after, limit: limit + 1 });
  const page = found.slice(0, limit);
  const changed = await recordSchemas(
    db,
    owner,
    page.map(({ schema }) => schema),
  );
  const isChanged = new Set(changed);
  for (const entity of page) {
    if (isChanged.has(entity.schema.entityType)) await cacheEntity(cache, source, entity);
  }
  const last = page.at(-1);
  if (found.length > limit && last) {
    return { analyzed: page.length, changed, removed: [], nextCursor: encodeCursor({ ...last.table }) };
  }
  return { analyzed: page.length, changed, removed: await removeMissing(context) };
}

/** Entities that were known and are in the source no more. */
async function removeMissing(context: DiscoveryContext): Promise<string[]> {
  const { db, source, userId } = context;
  const owner = { tenantId: source.tenantId, source: source.name, userId };
  const known = await knownEntities(db, owner, mostKnown);
  const removed: string[] = [];
  for (let at = 0; at < known.length; at += checkedAtATime) {
    const names = known.slice(at, at + checkedAtATime);
    const there = new Set((await readEntities(source, names)).map(({ schema }) => schema.entityType));
    const missing = names.filter((name) => !there.has(name));
    removed.push(...(await recordRemovals(db, owner, missing)));
  }
  return removed;
}
