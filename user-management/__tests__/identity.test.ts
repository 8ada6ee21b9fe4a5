import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { tenant_management, user_management } from "~encore/clients";
import { db } from "../db.js";
import { apiKeys } from "../schema.js";
import {
  authCall,
  identityOf,
  newAddress,
  password,
  signIn,
  signUp,
  signUpOwner,
} from "./support/sign-up.js";

const ended = { code: "unauthenticated" };

describe("signing up", () => {
  it("opens nothing until the address is confirmed", async () => {
    const email = `${randomUUID()}@example.com`;
    await authCall("/sign-up/email", { body: { name: "Ada", email, password } });
    const refused = await authCall("/sign-in/email", { body: { email, password } });
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.body)).toMatchObject({ code: "EMAIL_NOT_VERIFIED" });
  });

  it("answers alike whether or not the address has an account", async () => {
    const known = await signUp();
    const bodyOf = async (email: string) => {
      const answer = await authCall("/sign-up/email", { body: { name: "Eve", email, password } });
      const { token, user } = JSON.parse(answer.body) as { token: null; user: Record<string, unknown> };
      return { status: answer.status, token, fields: Object.keys(user).sort() };
    };
    expect(await bodyOf(known.email)).toEqual(await bodyOf(`${randomUUID()}@example.com`));
  });
});

describe("signing in", () => {
  it("answers alike for a wrong password and an unknown address, as a reset does", async () => {
    const known = await signUp();
    const unknown = `${randomUUID()}@example.com`;
    const wrong = async (email: string) => {
      const { status, body } = await authCall("/sign-in/email", {
        body: { email, password: "not the password" },
      });
      return { status, body };
    };
    expect(await wrong(known.email)).toEqual(await wrong(unknown));
    const reset = async (email: string) => {
      const { status, body } = await authCall("/request-password-reset", { body: { email } });
      return { status, body };
    };
    expect(await reset(known.email)).toEqual(await reset(unknown));
  });

  it("is slowed after a few wrong passwords, from whatever address, also with the right one", async () => {
    const { email } = await signUp();
    const attempt = (guess: string) => authCall("/sign-in/email", { body: { email, password: guess } });
    for (let guess = 0; guess < 5; guess++) expect((await attempt(`wrong guess ${guess}`)).status).toBe(401);
    const blocked = await attempt(password);
    expect(blocked.status).toBe(429);
    const wait = blocked.headers.find(({ name }) => name === "retry-after")?.value;
    expect(Number(wait)).toBeGreaterThan(0);
  });

  it("counts guesses that are made at the same time one by one", async () => {
    const { email } = await signUp();
    const guesses = Array.from({ length: 12 }, (_, guess) =>
      authCall("/sign-in/email", {
        body: { email, password: `wrong guess ${guess}` },
        address: newAddress(),
      }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(7);
  });

  it("gives a session that ends with signing out", async () => {
    const { token, userId } = await signUp();
    expect(await identityOf(token)).toMatchObject({ userID: userId, tenantId: "", permissions: [] });
    await authCall("/sign-out", { body: {}, token });
    await expect(identityOf(token)).rejects.toMatchObject(ended);
  });
});

describe("routes about tenants that Better Auth has", () => {
  it.each(["/organization/create", "/organization/list", "/api-key/create", "/delete-user"])(
    "are not reachable: %s",
    async (route) => {
      const { token } = await signUp();
      expect((await authCall(route, { body: {}, token })).status).toBe(404);
    },
  );
});

describe("an organization", () => {
  it("makes its founder the owner and the session work in it", async () => {
    const { authData, tenant } = await signUpOwner();
    expect(authData).toMatchObject({ tenantId: tenant.id, roles: ["owner"] });
    expect(authData.permissions).toContain("tenant:manage");
    const { tenants } = await user_management.listMyTenants({}, { authData });
    expect(tenants.map(({ id }) => id)).toEqual([tenant.id]);
  });

  it("has a slug of its own", async () => {
    const { authData, tenant } = await signUpOwner();
    const again = user_management.createTenant({ name: "Again", slug: tenant.slug }, { authData });
    await expect(again).rejects.toMatchObject({ code: "already_exists" });
  });

  it("keeps its last owner", async () => {
    const { authData, userId } = await signUpOwner();
    const lastOwner = { code: "failed_precondition", details: { reason: "last_owner" } };
    await expect(user_management.leaveTenant({ authData })).rejects.toMatchObject(lastOwner);
    const demoted = user_management.changeMemberRole({ userId, role: "viewer" }, { authData });
    await expect(demoted).rejects.toMatchObject(lastOwner);
  });
});

/** An owner, and a person who accepted an invitation with the role. */
async function invite(role: string) {
  const owner = await signUpOwner();
  const guest = await signUp();
  const { authData } = owner;
  const invitation = await user_management.createInvitation({ email: guest.email, role }, { authData });
  return { owner, guest, invitation, guestData: await identityOf(guest.token) };
}

describe("an invitation", () => {
  it("makes the invited person a member with its role, once", async () => {
    const { guest, guestData, invitation, owner } = await invite("auditor");
    const request = { invitationId: invitation.id };
    await user_management.acceptInvitation(request, { authData: guestData });
    expect(await identityOf(guest.token)).toMatchObject({
      tenantId: owner.tenant.id,
      permissions: ["schema:read", "audit:view", "audit:export"],
    });
    const again = user_management.acceptInvitation(request, { authData: guestData });
    await expect(again).rejects.toMatchObject({ details: { reason: "invitation_accepted" } });
  });

  it("does not exist for anybody else", async () => {
    const { invitation } = await invite("viewer");
    const stranger = await identityOf((await signUp()).token);
    const taken = user_management.acceptInvitation({ invitationId: invitation.id }, { authData: stranger });
    await expect(taken).rejects.toMatchObject({ code: "not_found" });
  });

  it("that was taken back is of no use", async () => {
    const { owner, guestData, invitation } = await invite("viewer");
    const request = { invitationId: invitation.id };
    await user_management.revokeInvitation(request, { authData: owner.authData });
    const accepted = user_management.acceptInvitation(request, { authData: guestData });
    await expect(accepted).rejects.toMatchObject({ details: { reason: "invitation_revoked" } });
  });

  it("cannot give more than the inviter has", async () => {
    const { guest, guestData, invitation } = await invite("admin");
    await user_management.acceptInvitation({ invitationId: invitation.id }, { authData: guestData });
    const authData = await identityOf(guest.token);
    const tooMuch = user_management.createInvitation({ email: "x@example.com", role: "owner" }, { authData });
    await expect(tooMuch).rejects.toMatchObject({ details: { reason: "permission_not_grantable" } });
  });
});

describe("a removed member", () => {
  it("has no access any more, and neither have their keys", async () => {
    const { owner, guest, guestData, invitation } = await invite("admin");
    await user_management.acceptInvitation({ invitationId: invitation.id }, { authData: guestData });
    const { key } = await user_management.createApiKey(
      { name: "import", permissions: ["schema:read"] },
      { authData: await identityOf(guest.token) },
    );
    await user_management.removeMember({ userId: guest.userId }, { authData: owner.authData });
    expect(await identityOf(guest.token)).toMatchObject({ tenantId: "", permissions: [] });
    const used = user_management.verifyCredential({ kind: "api-key", credential: key });
    await expect(used).rejects.toMatchObject(ended);
  });
});

describe("an API key", () => {
  it("may do what it was given, opens its tenant, and ends when it is revoked", async () => {
    const { authData, tenant } = await signUpOwner();
    const made = await user_management.createApiKey(
      { name: "import", permissions: ["event:ingest"] },
      { authData },
    );
    const verify = () => user_management.verifyCredential({ kind: "api-key", credential: made.key });
    expect(await verify()).toMatchObject({
      tenantId: tenant.id,
      permissions: ["event:ingest"],
      credential: "api-key",
    });
    const { apiKeys } = await user_management.listApiKeys({}, { authData });
    expect(apiKeys).toMatchObject([{ id: made.id, start: made.key.slice(0, 10) }]);
    expect(apiKeys[0]?.lastUsedAt).toBeDefined();
    expect(JSON.stringify(apiKeys)).not.toContain(made.key);
    await user_management.revokeApiKey({ keyId: made.id }, { authData });
    await expect(verify()).rejects.toMatchObject(ended);
  });

  it("gives way to the one it is rotated into", async () => {
    const { authData } = await signUpOwner();
    const request = { name: "import", permissions: ["event:ingest" as const], expiresInDays: 1 };
    const old = await user_management.createApiKey(request, { authData });
    const rotated = await user_management.rotateApiKey({ keyId: old.id }, { authData });
    const verify = (credential: string) => user_management.verifyCredential({ kind: "api-key", credential });
    await expect(verify(old.key)).rejects.toMatchObject(ended);
    expect(await verify(rotated.key)).toMatchObject({ permissions: ["event:ingest"] });
  });

  it("of another tenant does not exist", async () => {
    const { authData } = await signUpOwner();
    const made = await user_management.createApiKey(
      { name: "k", permissions: ["schema:read"] },
      { authData },
    );
    const { authData: other } = await signUpOwner();
    for (const call of [user_management.revokeApiKey, user_management.rotateApiKey]) {
      await expect(call({ keyId: made.id }, { authData: other })).rejects.toMatchObject({
        code: "not_found",
      });
    }
  });
});

describe("the plan of a tenant", () => {
  const exceeded = { code: "resource_exhausted", details: { reason: "quota_exceeded", limit: 5, used: 5 } };

  async function ownerOnFreePlan() {
    const owner = await signUpOwner();
    await tenant_management.setTenantPlan({ tenantId: owner.tenant.id, plan: "free" });
    return owner;
  }

  it("bounds its API keys, also those made at the same time; revoked and expired ones make room", async () => {
    const { authData } = await ownerOnFreePlan();
    const request = { name: "k", permissions: ["schema:read" as const], expiresInDays: 1 };
    const make = () => user_management.createApiKey(request, { authData });
    const results = await Promise.allSettled(Array.from({ length: 8 }, make));
    const made = results.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
    expect(made).toHaveLength(5);
    await expect(make()).rejects.toMatchObject(exceeded);
    expect(await user_management.getMembershipUsage({ authData })).toEqual({ members: 1, apiKeys: 5 });
    await user_management.revokeApiKey({ keyId: made[0]!.id }, { authData });
    await make();
    const ended = new Date(Date.now() - 1_000);
    await db.update(apiKeys).set({ expiresAt: ended }).where(eq(apiKeys.id, made[1]!.id));
    await make();
    await expect(make()).rejects.toMatchObject(exceeded);
    const used = user_management.verifyCredential({ kind: "api-key", credential: made[1]!.key });
    await expect(used).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("bounds its members: those who belong to it and those who are invited", async () => {
    const { authData } = await ownerOnFreePlan();
    const invited = () => {
      const email = `${randomUUID()}@example.com`;
      return user_management.createInvitation({ email, role: "viewer" }, { authData });
    };
    const results = await Promise.allSettled(Array.from({ length: 6 }, invited));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
    await expect(invited()).rejects.toMatchObject(exceeded);
  });

  it("bounds its members when an invitation is accepted after the plan has changed", async () => {
    const { authData, tenant } = await signUpOwner();
    const guests = await Promise.all(Array.from({ length: 5 }, () => signUp()));
    const accepting: (() => Promise<unknown>)[] = [];
    for (const { email, token } of guests) {
      const { id } = await user_management.createInvitation({ email, role: "viewer" }, { authData });
      const guest = await identityOf(token);
      accepting.push(() => user_management.acceptInvitation({ invitationId: id }, { authData: guest }));
    }
    await tenant_management.setTenantPlan({ tenantId: tenant.id, plan: "free" });
    // The old plan is known for a second at most.
    await vi.waitFor(async () => {
      const refused = user_management.createInvitation(
        { email: "x@example.com", role: "viewer" },
        { authData },
      );
      await expect(refused).rejects.toMatchObject({ details: { reason: "quota_exceeded" } });
    });
    const results = await Promise.allSettled(accepting.map((accept) => accept()));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(4);
  });
});

describe("a role of the tenant", () => {
  it("gives its members what it allows at this moment", async () => {
    const { owner, guest, guestData, invitation } = await invite("viewer");
    const { authData } = owner;
    await user_management.acceptInvitation({ invitationId: invitation.id }, { authData: guestData });
    await user_management.createRole({ name: "importer", permissions: ["event:ingest"] }, { authData });
    await user_management.changeMemberRole({ userId: guest.userId, role: "importer" }, { authData });
    expect(await identityOf(guest.token)).toMatchObject({ permissions: ["event:ingest"] });
    await user_management.updateRole({ name: "importer", permissions: ["source:manage"] }, { authData });
    expect(await identityOf(guest.token)).toMatchObject({ permissions: ["source:manage"] });
    const deleted = user_management.deleteRole({ name: "importer" }, { authData });
    await expect(deleted).rejects.toMatchObject({ details: { reason: "role_in_use" } });
  });
});

describe("permissions", () => {
  it("are answered for the three questions of conversion and for what is asked", async () => {
    const { guest, guestData, invitation, owner } = await invite("operator");
    await user_management.acceptInvitation({ invitationId: invitation.id }, { authData: guestData });
    const permissions = ["tenant:manage" as const, "deadletter:manage" as const];
    const request = { userId: guest.userId, permissions };
    expect(await user_management.checkPermissions(request, { authData: owner.authData })).toEqual({
      userId: guest.userId,
      canCreateRules: false,
      canExecuteConversion: true,
      canViewAudit: true,
      permissions: { "tenant:manage": false, "deadletter:manage": true },
    });
    const { authData: other } = await signUpOwner();
    const asked = user_management.checkPermissions(request, { authData: other });
    await expect(asked).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("signing in again", () => {
  it("starts in the tenant that the person belongs to", async () => {
    const { email, tenant } = await signUpOwner();
    const { token } = await signIn(email);
    expect(await identityOf(token)).toMatchObject({ tenantId: tenant.id });
  });
});
