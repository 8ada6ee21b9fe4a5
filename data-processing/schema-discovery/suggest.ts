import { APIError, api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import { workspaceSource } from "../sources/data-source.js";
import { openSource } from "../sources/open-source.js";
import { schemaCache } from "./cache.js";
import { discoverEntity } from "./domain/discover.js";
import { readSamples } from "./domain/suggest-mapping/read-samples.js";
import * as mapping from "./domain/suggest-mapping/suggest-mapping.js";
import type { SuggestMappingRequest, SuggestMappingResponse } from "./types.js";

/** For each field of the target entity, the source fields that fit it best, and a choice over the whole. */
export const suggestMapping = api(
  { method: "POST", path: "/schema/suggest-mapping", expose: false, auth: true },
  async (request: SuggestMappingRequest): Promise<SuggestMappingResponse> => {
    const { tenantId, userID } = requireIdentity();
    const candidates = request.candidates ?? 3;
    if (!Number.isInteger(candidates) || candidates < 1 || candidates > 10) {
      throw APIError.invalidArgument(`candidates: ${candidates} is not a whole number from 1 to 10.`);
    }
    const read = async (sourceName: string, entityType: string): Promise<mapping.MappingSide> => {
      const source = await openSource(tenantId, sourceName);
      const entity = await discoverEntity({ db, cache: schemaCache, source, userId: userID }, entityType);
      const samples = request.useSamples === false ? [] : await readSamples(source, entity);
      return { entity, samples };
    };
    const sourceName = request.source ?? workspaceSource;
    const [source, target] = await Promise.all([
      read(sourceName, request.sourceEntity),
      read(request.targetSource ?? sourceName, request.targetEntity),
    ]);
    return mapping.suggestMapping(source, target, { candidates });
  },
);
