import { api } from "encore.dev/api";
import { data_processing } from "~encore/clients";
import type {
  AnalyzeEntityRequest,
  EntitySchema,
  ListEntitiesRequest,
  ListEntitiesResponse,
  RefreshSchemasRequest,
  RefreshSchemasResponse,
  SuggestMappingRequest,
  SuggestMappingResponse,
} from "../data-processing/schema-discovery/types.js";

/** The schema of an entity, as its live database has it; up to 5 minutes old. */
export const analyzeEntity = api(
  { method: "GET", path: "/api/v1/schema/analyze/:entityType", expose: true, auth: true },
  async (request: AnalyzeEntityRequest): Promise<EntitySchema> => data_processing.analyzeEntity(request),
);

/** The entities of a data source. */
export const listEntities = api(
  { method: "GET", path: "/api/v1/schema/entities", expose: true, auth: true },
  async (request: ListEntitiesRequest): Promise<ListEntitiesResponse> =>
    data_processing.listEntities(request),
);

/** Reads a page of a data source's entities anew from its live database, and says what is new, changed or gone. */
export const refreshSchemas = api(
  { method: "POST", path: "/api/v1/schema/refresh", expose: true, auth: true },
  async (request: RefreshSchemasRequest): Promise<RefreshSchemasResponse> =>
    data_processing.refreshSchemas(request),
);

/** Ranked field mappings from one entity to another. */
export const suggestMapping = api(
  { method: "POST", path: "/api/v1/schema/suggest-mapping", expose: true, auth: true },
  async (request: SuggestMappingRequest): Promise<SuggestMappingResponse> =>
    data_processing.suggestMapping(request),
);
