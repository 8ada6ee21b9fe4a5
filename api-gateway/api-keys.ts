import { api } from "encore.dev/api";
import { user_management } from "~encore/clients";
import type {
  ApiKeyPathRequest,
  CreateApiKeyRequest,
  CreatedApiKey,
  ListApiKeysRequest,
  ListApiKeysResponse,
} from "../user-management/types.js";

/** Makes an API key with some of the caller's permissions. Its secret is shown this one time. */
export const createApiKey = api(
  { method: "POST", path: "/api/v1/api-keys", expose: true, auth: true, sensitive: true },
  async (request: CreateApiKeyRequest): Promise<CreatedApiKey> => user_management.createApiKey(request),
);

/** The API keys of the caller's tenant, by name, without their secrets. */
export const listApiKeys = api(
  { method: "GET", path: "/api/v1/api-keys", expose: true, auth: true },
  async (request: ListApiKeysRequest): Promise<ListApiKeysResponse> => user_management.listApiKeys(request),
);

/** Replaces an API key by a new one with the same permissions; the old one ends within five seconds. */
export const rotateApiKey = api(
  { method: "POST", path: "/api/v1/api-keys/:keyId/rotate", expose: true, auth: true, sensitive: true },
  async (request: ApiKeyPathRequest): Promise<CreatedApiKey> => user_management.rotateApiKey(request),
);

/** Ends an API key, within five seconds. */
export const revokeApiKey = api(
  { method: "DELETE", path: "/api/v1/api-keys/:keyId", expose: true, auth: true },
  async (request: ApiKeyPathRequest): Promise<void> => user_management.revokeApiKey(request),
);
