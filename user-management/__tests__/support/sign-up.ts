import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { user_management } from "~encore/clients";
import { authPath } from "../../auth.js";
import { db } from "../../db.js";
import { people } from "../../schema.js";
import type { HandleAuthResponse, TenantMembership, VerifiedCredential } from "../../types.js";

export const password = "correct horse battery staple";

/** A person who signed in. */
export interface SignedIn {
  userId: string;
  email: string;
  /** Token of the session. */
  token: string;
}

/** Calls a sign-in route as the gateway does. */
export async function authCall(
  route: string,
  options: { body?: unknown; token?: string; address?: string; headers?: Record<string, string> } = {},
): Promise<HandleAuthResponse> {
  const headers = {
    ...(options.body === undefined ? {} : { "content-type": "application/json" }),
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    ...options.headers,
  };
  return await user_management.handleAuthRequest({
    method: options.body === undefined ? "GET" : "POST",
    path: `${authPath}${route}`,
    headers: Object.entries(headers).map(([name, value]) => ({ name, value })),
    body: options.body === undefined ? "" : JSON.stringify(options.body),
    address: options.address ?? newAddress(),
  });
}

/** Sends a form of a page as a browser does. */
export async function submitForm(route: string, fields: Record<string, string>): Promise<HandleAuthResponse> {
  return await user_management.handleAuthRequest({
    method: "POST",
    path: `${authPath}${route}`,
    headers: [{ name: "content-type", value: "application/x-www-form-urlencoded" }],
    body: new URLSearchParams(fields).toString(),
    address: newAddress(),
  });
}

/** A network address that no other test uses, as far as chance goes. */
export function newAddress(): string {
  const part = () => Math.floor(Math.random() * 254) + 1;
  return `203.${part()}.${part()}.${part()}`;
}

/** Signs a new person up, with the address confirmed, and in. */
export async function signUp(email = `${randomUUID()}@example.com`): Promise<SignedIn> {
  const signedUp = await authCall("/sign-up/email", { body: { name: "Ada", email, password } });
  if (signedUp.status !== 200) throw new Error(`sign-up answered ${signedUp.status}: ${signedUp.body}`);
  await db.update(people).set({ emailVerified: true }).where(eq(people.email, email));
  return await signIn(email);
}

/** Signs a person in. */
export async function signIn(email: string): Promise<SignedIn> {
  const response = await authCall("/sign-in/email", { body: { email, password } });
  if (response.status !== 200) throw new Error(`sign-in answered ${response.status}: ${response.body}`);
  const { token, user } = JSON.parse(response.body) as { token: string; user: { id: string } };
  return { userId: user.id, email, token };
}

/** Who a session stands for, as the gateway would hand it on. */
export async function identityOf(token: string): Promise<VerifiedCredential> {
  return await user_management.verifyCredential({ kind: "session", credential: token });
}

/** A new person who owns a new tenant. */
export async function signUpOwner(): Promise<
  SignedIn & { tenant: TenantMembership; authData: VerifiedCredential }
> {
  const person = await signUp();
  const slug = `t-${randomUUID()}`;
  const authData = await identityOf(person.token);
  const tenant = await user_management.createTenant({ name: slug, slug }, { authData });
  return { ...person, tenant, authData: await identityOf(person.token) };
}
