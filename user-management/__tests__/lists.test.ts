import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { user_management } from "~encore/clients";
import { signUpOwner } from "./support/sign-up.js";

describe("an organization", () => {
  it("stands in sorted lists, as do its API keys and invitations", async () => {
    const { authData } = await signUpOwner();
    await user_management.createTenant({ name: "0 before all", slug: `a${randomUUID()}` }, { authData });
    const tenants = async (sort: string) =>
      (await user_management.listMyTenants({ sort }, { authData })).tenants.map(({ id }) => id);
    expect(await tenants("name")).toEqual(await tenants("-createdAt"));
    expect(await tenants("-name")).toEqual(await tenants("createdAt"));
    for (const name of ["b", "c", "a"]) {
      await user_management.createApiKey({ name, permissions: ["event:ingest"] }, { authData });
      const email = `${name}@example.com`;
      await user_management.createInvitation({ email, role: "viewer" }, { authData });
    }
    const keys = async (sort?: string) =>
      (await user_management.listApiKeys({ sort }, { authData })).apiKeys.map(({ name }) => name).join();
    const invited = async (sort?: string) =>
      (await user_management.listInvitations({ sort }, { authData })).invitations
        .map(({ email }) => email[0])
        .join();
    expect([await keys(), await keys("-name"), await keys("createdAt")]).toEqual(["a,b,c", "c,b,a", "b,c,a"]);
    expect([await invited(), await invited("email")]).toEqual(["a,c,b", "a,b,c"]);
    for (const list of [tenants, keys, invited])
      await expect(list("id")).rejects.toMatchObject({ code: "invalid_argument" });
    const { nextCursor } = await user_management.listApiKeys({ limit: 2 }, { authData });
    const rest = await user_management.listApiKeys({ limit: 2, cursor: nextCursor }, { authData });
    expect(rest.apiKeys.map(({ name }) => name)).toEqual(["c"]);
  });
});
