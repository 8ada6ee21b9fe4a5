import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { workspaceSource } from "../sources/data-source.js";
import { openSource } from "../sources/open-source.js";
import { schemaCache } from "./cache.js";
import { discoverEntity } from "./domain/discover.js";
import * as listing from "./domain/list-entities.js";
import { refreshSource } from "./domain/refresh-source.js";
import type {
  AnalyzeEntityRequest,
  EntitySchema,
  ListEntitiesRequest,
  ListEntitiesResponse,
  RefreshSchemasRequest,
  RefreshSchemasResponse,
} from "./types.js";

/** The schema of an entity, from its live database or not older than 5 minutes. */
export const analyzeEntity = api(
  { method: "GET", path: "/schema/analyze/:entityType", expose: false, auth: true },
  async (request: AnalyzeEntityRequest): Promise<EntitySchema> => {
    const { tenantId, userID } = requireIdentity();
    const source = await openSource(tenantId, request.source ?? workspaceSource);
    const context = { db, cache: schemaCache, source, userId: userID };
    const { schema } = await discoverEntity(context, request.entityType, { refresh: request.refresh });
    return schema;
  },
);

/** Tables and views of a data source, by name. */
export const listEntities = api(
  { method: "GET", path: "/schema/entities", expose: false, auth: true },
  async (request: ListEntitiesRequest): Promise<ListEntitiesResponse> => {
    const { tenantId } = requireIdentity();
    return await listing.listEntities(await openSource(tenantId, request.source ?? workspaceSource), request);
  },
);

/** Reads a page of a data source's entities anew, and records what changed. */
export const refreshSchemas = api(
  { method: "POST", path: "/schema/refresh", expose: false, auth: true },
  async (request: RefreshSchemasRequest): Promise<RefreshSchemasResponse> => {
    const { tenantId, userID } = requireIdentity();
    const source = await openSource(tenantId, request.source ?? workspaceSource);
    return await refreshSource({ db, cache: schemaCache, source, userId: userID }, request);
  },
);
