import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { openWorkspace } from "../sources/open-source.js";
import * as entities from "./domain/entities.js";
import type {
  CreateWorkspaceEntityRequest,
  CreateWorkspaceEntityResponse,
  ListWorkspaceEntitiesRequest,
  ListWorkspaceEntitiesResponse,
} from "./types.js";

/** Makes an entity of the built-in workspace. Making it again with the same definition changes nothing. */
export const createWorkspaceEntity = api(
  { method: "POST", path: "/workspace/entities", expose: false, auth: true },
  async (request: CreateWorkspaceEntityRequest): Promise<CreateWorkspaceEntityResponse> =>
    await entities.createEntity(openWorkspace(requireIdentity().tenantId), request),
);

/** The entities of the built-in workspace, by name. */
export const listWorkspaceEntities = api(
  { method: "GET", path: "/workspace/entities", expose: false, auth: true },
  async (request: ListWorkspaceEntitiesRequest): Promise<ListWorkspaceEntitiesResponse> =>
    await entities.listEntities(openWorkspace(requireIdentity().tenantId), request),
);
