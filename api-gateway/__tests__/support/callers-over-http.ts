import { randomBytes } from "node:crypto";
import { signUp, signUpOwner } from "../../../examples/demo/account.js";
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

/** Everyone whom an organization can have: a member of each role, one of a role of its own, and an API key. */
export async function withEveryRole(
  url: string,
  organization: Organization,
  permissions: string[],
): Promise<Organization> {
  const [owner] = organization.callers as [Caller];
  const post = <T>(path: string, body: unknown, headers = owner.headers): Promise<T> =>
    succeed<T>(url, { method: "POST", path: `/api/v1${path}`, headers, body });
  await post("/roles", { name: "all-but-owner", permissions });
  const roles = ["admin", "editor", "operator", "auditor", "viewer", "all-but-owner"];
  const members = await Promise.all(
    roles.map(async (role): Promise<Caller> => {
      const email = `${role}@${organization.tenantId}.example.com`;
      const invitation = await post<{ id: string }>("/invitations", { email, role });
      const token = await signUp(url, { email, password: randomBytes(18).toString("base64url") });
      const headers = { authorization: `Bearer ${token}` };
      await post(`/invitations/${invitation.id}/accept`, {}, headers);
      return { role, headers };
    }),
  );
  const { key } = await post<{ key: string }>("/api-keys", { name: "everything", permissions });
  return {
    ...organization,
    callers: [owner, ...members, { role: "api-key", headers: { "x-api-key": key } }],
  };
}
