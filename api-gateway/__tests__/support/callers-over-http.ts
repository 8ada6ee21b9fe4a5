import { randomBytes } from "node:crypto";
import { signUpOwner } from "../../../examples/demo/account.js";
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

interface Me {
  tenant: { id: string };
}

/** An organization of that slug, signed up like anybody's. */
export async function newOrganization(url: string, slug: string): Promise<Organization> {
  const email = `owner@${slug}.example.com`;
  const token = await signUpOwner(url, { slug, email, password: randomBytes(18).toString("base64url") });
  const headers = { authorization: `Bearer ${token}` };
  const { tenant } = await succeed<Me>(url, { method: "GET", path: "/api/v1/me", headers });
  return { tenantId: tenant.id, callers: [{ role: "owner", headers }] };
}
