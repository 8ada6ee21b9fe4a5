import { randomBytes, randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { appMeta } from "encore.dev";
import { SignJWT, UnsecuredJWT } from "jose";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { user_management } from "~encore/clients";
import type { ServiceKey } from "../../shared/secrets/service-keys.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import { signToken } from "../domain/tokens.js";
import { ensureUser } from "../domain/users.js";
import { users } from "../schema.js";
import { tokenSigningKey } from "../token-key.js";
import type { Role, User } from "../types.js";

let key: ServiceKey;

beforeAll(async () => {
  key = await tokenSigningKey();
});

async function newUser(role: Role = "editor"): Promise<User> {
  return await ensureUser(db, { tenantId: randomUUID(), email: "ada@example.com", name: "Ada", role });
}

function claimsOf(user: User, inMs = 60_000) {
  return { userId: user.id, tenantId: user.tenantId, expiresAt: new Date(Date.now() + inMs) };
}

describe("a token", () => {
  it("stands for a member with the permissions of their role at this moment", async () => {
    const user = await newUser("auditor");
    const token = await signToken(key, claimsOf(user));
    const expected = { userID: user.id, tenantId: user.tenantId };
    expect(await user_management.verifyToken({ token })).toMatchObject({
      ...expected,
      permissions: ["schema:read", "audit:view", "audit:export"],
    });
    await withTenant(db, user.tenantId, (tx) =>
      tx.update(users).set({ role: "viewer" }).where(eq(users.id, user.id)),
    );
    expect(await user_management.verifyToken({ token })).toMatchObject({
      ...expected,
      permissions: ["schema:read"],
    });
  });

  it("ends with its time", async () => {
    const token = await signToken(key, claimsOf(await newUser(), -1_000));
    await expect(user_management.verifyToken({ token })).rejects.toMatchObject({
      code: "unauthenticated",
      message: "The token has expired.",
    });
  });

  it("ends with the membership", async () => {
    const user = await newUser();
    const token = await signToken(key, claimsOf(user));
    await withTenant(db, user.tenantId, (tx) => tx.delete(users).where(eq(users.id, user.id)));
    await expect(user_management.verifyToken({ token })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("that is forged is refused, in whatever way", async () => {
    const user = await newUser("owner");
    const claims = () => new SignJWT({ tenant: user.tenantId }).setSubject(user.id).setExpirationTime("1h");
    const signed = await signToken(key, claimsOf(user));
    const forged = [
      "",
      "not.a.token",
      `${signed.slice(0, -4)}AAAA`,
      new UnsecuredJWT({ tenant: user.tenantId })
        .setSubject(user.id)
        .setIssuer("axion")
        .setAudience("axion-api")
        .setExpirationTime("1h")
        .encode(),
      await signToken({ id: key.id, bytes: randomBytes(32) }, claimsOf(user)),
      await claims()
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer("axion")
        .setAudience("other")
        .sign(key.bytes),
      await claims()
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer("other")
        .setAudience("axion-api")
        .sign(key.bytes),
      await signToken(key, { ...claimsOf(user), tenantId: randomUUID() }),
    ];
    for (const token of forged) {
      await expect(user_management.verifyToken({ token })).rejects.toMatchObject({ code: "unauthenticated" });
    }
  });
});

describe("a development token", () => {
  it("has all permissions in a tenant of its slug, the same tenant each time", async () => {
    const tenant = `t-${randomUUID()}`;
    const first = await user_management.issueDevelopmentToken({ tenant });
    const second = await user_management.issueDevelopmentToken({ tenant });
    expect(second.tenantId).toBe(first.tenantId);
    const verified = await user_management.verifyToken({ token: first.token });
    expect(verified.tenantId).toBe(first.tenantId);
    expect(verified.permissions).toContain("tenant:manage");
  });
});

describe("outside local development", () => {
  const environment = appMeta().environment;
  const here = { ...environment };

  afterEach(() => {
    Object.assign(environment, here);
  });

  it.each([
    { type: "production", cloud: "local" },
    { type: "development", cloud: "aws" },
    { type: "ephemeral", cloud: "encore" },
  ])("there is no development token ($type on $cloud)", async (elsewhere) => {
    Object.assign(environment, elsewhere);
    await expect(user_management.issueDevelopmentToken({})).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("permissions of a member", () => {
  it("are answered for the three questions of conversion and for what is asked", async () => {
    const user = await newUser("operator");
    const authData = { userID: user.id, tenantId: user.tenantId, permissions: [] };
    const permissions = ["tenant:manage" as const, "deadletter:manage" as const];
    expect(await user_management.checkPermissions({ permissions }, { authData })).toEqual({
      userId: user.id,
      canCreateRules: false,
      canExecuteConversion: true,
      canViewAudit: true,
      permissions: { "tenant:manage": false, "deadletter:manage": true },
    });
  });

  it("of another tenant's member cannot be asked for", async () => {
    const user = await newUser();
    const authData = { userID: randomUUID(), tenantId: randomUUID(), permissions: [] };
    const asked = user_management.checkPermissions({ userId: user.id }, { authData });
    await expect(asked).rejects.toMatchObject({ code: "not_found" });
    const read = user_management.getUser({ userId: user.id }, { authData });
    await expect(read).rejects.toMatchObject({ code: "not_found" });
  });
});
