import { api } from "encore.dev/api";
import { CronJob } from "encore.dev/cron";
import log from "encore.dev/log";
import { tenant_management } from "~encore/clients";
import { requireIdentity, requirePerson, requireSignedIn } from "../shared/tenancy/identity.js";
import { authHandler } from "./auth-handler.js";
import * as credentials from "./credentials.js";
import { db } from "./db.js";
import { handleAuthRequest as handleRequest } from "./domain/handle-auth-request.js";
import { forgetOldFailures } from "./domain/sign-in-guard.js";
import * as tenants from "./domain/tenants.js";
import * as users from "./domain/users.js";
import { verifyApiKey, verifyAccess as verifyTokenAccess } from "./domain/verify-credential.js";
import type {
  CheckPermissionsRequest,
  CheckPermissionsResponse,
  CreateTenantRequest,
  GetUserRequest,
  HandleAuthRequest,
  HandleAuthResponse,
  ListMyTenantsRequest,
  ListMyTenantsResponse,
  Person,
  TenantMembership,
  TokenTrust,
  User,
  VerifiedCredential,
  VerifyAccessRequest,
  VerifyCredentialRequest,
  VerifyKeyAccessRequest,
} from "./types.js";

const provisionEveryMs = 5_000;

const provision: tenants.Provision = async (tenant) => {
  try {
    await tenant_management.provisionTenant(tenant);
  } catch (error) {
    log.warn(error, "tenant not provisioned", { tenantId: tenant.tenantId });
    throw error;
  }
};

/** What a member of the caller's tenant may do. For callers themselves: what the credential they use allows. */
export const checkPermissions = api(
  { method: "POST", path: "/users/check-permissions", expose: false, auth: true },
  async (request: CheckPermissionsRequest): Promise<CheckPermissionsResponse> => {
    const { userID, tenantId, permissions } = requireIdentity();
    const { userId = userID, permissions: asked = [] } = request;
    if (userId === userID) return users.permissionAnswer(userID, permissions, asked);
    return await users.checkPermissions(db, { tenantId, userId }, asked);
  },
);

/** A member of the caller's tenant. */
export const getUser = api(
  { method: "GET", path: "/users/:userId", expose: false, auth: true },
  async (request: GetUserRequest): Promise<User> => {
    const { tenantId } = requireIdentity();
    return await users.getUser(db, tenantId, request.userId);
  },
);

/** The caller as a person, whatever the tenant. */
export const getPerson = api(
  { method: "GET", path: "/people/me", expose: false, auth: true },
  async (): Promise<Person> => users.getPerson(db, requirePerson().userID),
);

/** Answers a request to the sign-in routes, which the gateway took. */
export const handleAuthRequest = api(
  { method: "POST", path: "/auth/requests", expose: false, sensitive: true },
  async (request: HandleAuthRequest): Promise<HandleAuthResponse> => handleRequest(db, authHandler, request),
);

/** Who a session or API key stands for and what they may do now. `unauthenticated` for one that is not valid. */
export const verifyCredential = api(
  { method: "POST", path: "/credentials/verify", expose: false, sensitive: true },
  async (request: VerifyCredentialRequest): Promise<VerifiedCredential> =>
    credentials.verifyCredential(request),
);

/** What a JSON Web Token whose signature was verified stands for now. `unauthenticated` where its session ended. */
export const verifyAccess = api(
  { method: "POST", path: "/credentials/access", expose: false, sensitive: true },
  async (request: VerifyAccessRequest): Promise<VerifiedCredential> => verifyTokenAccess(db, request),
);

/** What an API key stands for now. `unauthenticated` where it was revoked or its maker is no member any more. */
export const verifyKeyAccess = api(
  { method: "POST", path: "/credentials/key-access", expose: false, sensitive: true },
  async ({ keyId }: VerifyKeyAccessRequest): Promise<VerifiedCredential> => verifyApiKey(db, { keyId }),
);

/** What JSON Web Tokens are verified with. */
export const getTokenTrust = api(
  { method: "GET", path: "/credentials/trust", expose: false },
  async (): Promise<TokenTrust> => credentials.tokenTrust(),
);

/** Creates a tenant with the caller as its owner; the caller's session works in it from now on. */
export const createTenant = api(
  { method: "POST", path: "/organizations", expose: false, auth: true },
  async (request: CreateTenantRequest): Promise<TenantMembership> => {
    const { userID: userId, credentialId: sessionId } = requireSignedIn();
    return await tenants.createTenant(db, provision, { ...request, userId, sessionId });
  },
);

/** The tenants that the caller belongs to. */
export const listMyTenants = api(
  { method: "GET", path: "/organizations", expose: false, auth: true },
  async (request: ListMyTenantsRequest): Promise<ListMyTenantsResponse> =>
    tenants.listTenantsOf(db, requireSignedIn().userID, request),
);

/** Forgets old failures to sign in. */
export const tidyIdentities = api(
  { method: "POST", path: "/identities/tidy", expose: false },
  async (): Promise<void> => await forgetOldFailures(db),
);

const _ = new CronJob("tidy-identities", {
  title: "Forget old failures to sign in",
  every: "1h",
  endpoint: tidyIdentities,
});

let provisioning = false;

/** Provisions tenants that could not be provisioned when they were created. A failure is tried again next time. */
async function provisionPending(): Promise<void> {
  if (provisioning) return;
  provisioning = true;
  try {
    await tenants.provisionPendingTenants(db, provision);
  } catch (error) {
    log.warn(error, "pending tenants not provisioned; trying again");
  } finally {
    provisioning = false;
  }
}

setInterval(() => void provisionPending(), provisionEveryMs).unref();
