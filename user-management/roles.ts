import { api } from "encore.dev/api";
import { makeKey } from "./credentials.js";
import { db } from "./db.js";
import * as apiKeys from "./domain/api-keys.js";
import * as roles from "./domain/role-changes.js";
import { actor } from "./members.js";
import { tenantPolicies } from "./tenant-policies.js";
import type {
  ApiKeyPathRequest,
  CreateApiKeyRequest,
  CreatedApiKey,
  ListApiKeysRequest,
  ListApiKeysResponse,
  ListRolesResponse,
  Role,
  RolePathRequest,
  SaveRoleRequest,
} from "./types.js";

/** The roles of the caller's tenant, built-in ones first. */
export const listRoles = api(
  { method: "GET", path: "/roles", expose: false, auth: true },
  async (): Promise<ListRolesResponse> => roles.listRoles(db, actor().tenantId),
);

/** Defines a role of the caller's tenant. */
export const createRole = api(
  { method: "POST", path: "/roles", expose: false, auth: true },
  async (request: SaveRoleRequest): Promise<Role> => roles.createRole(db, actor(), request),
);

/** Changes a role of the caller's tenant. */
export const updateRole = api(
  { method: "PUT", path: "/roles/:name", expose: false, auth: true },
  async (request: SaveRoleRequest): Promise<Role> => roles.updateRole(db, actor(), request),
);

/** Deletes a role of the caller's tenant. */
export const deleteRole = api(
  { method: "DELETE", path: "/roles/:name", expose: false, auth: true },
  async (request: RolePathRequest): Promise<void> => roles.deleteRole(db, actor(), request.name),
);

/** Makes an API key for the caller's tenant. */
export const createApiKey = api(
  { method: "POST", path: "/api-keys", expose: false, auth: true, sensitive: true },
  async (request: CreateApiKeyRequest): Promise<CreatedApiKey> =>
    apiKeys.createApiKey(db, makeKey, actor(), {
      ...request,
      mostKeys: (await tenantPolicies.get(actor().tenantId)).limits.apiKeys,
    }),
);

/** The API keys of the caller's tenant. */
export const listApiKeys = api(
  { method: "GET", path: "/api-keys", expose: false, auth: true },
  async (request: ListApiKeysRequest): Promise<ListApiKeysResponse> =>
    apiKeys.listApiKeys(db, actor().tenantId, request),
);

/** Replaces an API key of the caller's tenant by a new one. */
export const rotateApiKey = api(
  { method: "POST", path: "/api-keys/:keyId/rotate", expose: false, auth: true, sensitive: true },
  async (request: ApiKeyPathRequest): Promise<CreatedApiKey> =>
    apiKeys.rotateApiKey(db, makeKey, actor(), request.keyId),
);

/** Ends an API key of the caller's tenant. */
export const revokeApiKey = api(
  { method: "DELETE", path: "/api-keys/:keyId", expose: false, auth: true },
  async (request: ApiKeyPathRequest): Promise<void> => apiKeys.revokeApiKey(db, actor(), request.keyId),
);
