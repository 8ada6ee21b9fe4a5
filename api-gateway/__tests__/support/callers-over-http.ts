import { succeed } from "./call.js";

/** Someone who calls the API, and the headers that say so. */
export interface Caller {
  /** A role, or `api-key`. */
  role: string;
  headers: Record<string, string>;
}

export interface Organization {
  tenantId: string;
  /** The first is the owner. */
  callers: Caller[];
}

/** An organization of that slug with the callers that can be had. */
export async function newOrganization(url: string, slug: string): Promise<Organization> {
  const { token, tenantId } = await succeed<{ token: string; tenantId: string }>(url, {
    method: "POST",
    path: "/api/v1/auth/development-token",
    body: { tenant: slug },
  });
  return { tenantId, callers: [{ role: "owner", headers: { authorization: `Bearer ${token}` } }] };
}
