import { APIError, api } from "encore.dev/api";
import log from "encore.dev/log";
import { requireOwnTenant } from "../shared/tenancy/identity.js";
import { db } from "./db.js";
import * as deleting from "./domain/delete-tenant.js";
import { requestDuePurges } from "./domain/purge-tenant.js";
import type {
  DeletionReceiptRequest,
  RequestTenantDeletionRequest,
  TenantDeletion,
  TenantPathRequest,
} from "./types.js";

const defaultGraceDays = 7;
const pollMs = 5_000;

/** Days between the request and the purge: `AXION_TENANT_GRACE_DAYS`, 0 to 365; 7 by default. */
function graceDays(): number {
  const configured = process.env.AXION_TENANT_GRACE_DAYS;
  if (configured === undefined || configured === "") return defaultGraceDays;
  const days = Number(configured);
  if (Number.isFinite(days) && days >= 0 && days <= 365) return days;
  throw APIError.internal(`AXION_TENANT_GRACE_DAYS: a number from 0 to 365, not "${configured}".`);
}

/** Asks for the deletion of the caller's tenant. It is purged when the grace period is over. */
export const requestTenantDeletion = api(
  { method: "POST", path: "/tenants/:tenantId/deletion", expose: false, auth: true },
  async (request: RequestTenantDeletionRequest): Promise<TenantDeletion> => {
    const actor = requireOwnTenant(request.tenantId);
    return await deleting.requestDeletion(db, actor, { ...request, graceDays: graceDays() });
  },
);

/** How far the deletion is. */
export const getTenantDeletion = api(
  { method: "GET", path: "/tenants/:tenantId/deletion", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<TenantDeletion> => {
    const { tenantId } = requireOwnTenant(request.tenantId);
    return await deleting.getDeletion(db, tenantId);
  },
);

/** Takes the request for deletion back, within the grace period. */
export const cancelTenantDeletion = api(
  { method: "DELETE", path: "/tenants/:tenantId/deletion", expose: false, auth: true },
  async (request: TenantPathRequest): Promise<void> => {
    await deleting.cancelDeletion(db, requireOwnTenant(request.tenantId));
  },
);

/** A deletion by the unguessable id of its receipt: whoever was a member is none any more. */
export const getDeletionReceipt = api(
  { method: "GET", path: "/deletion-receipts/:receiptId", expose: false },
  async (request: DeletionReceiptRequest): Promise<TenantDeletion> =>
    await deleting.getReceipt(db, request.receiptId),
);

let polling = false;

/** Asks for the purges that have come due. A failure is told of and tried again at the next turn. */
async function poll(): Promise<void> {
  if (polling) return;
  polling = true;
  try {
    await requestDuePurges(db);
  } catch (error) {
    log.warn(error, "due deletions not readable; trying again");
  } finally {
    polling = false;
  }
}

setInterval(() => void poll(), pollMs).unref();
