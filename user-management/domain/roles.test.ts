import { describe, expect, it } from "vitest";
import { permissionsOf } from "./roles.js";

describe("roles", () => {
  it("gives the owner everything and the admin everything but the tenant itself", () => {
    const owner = permissionsOf("owner") ?? [];
    expect(new Set(owner).size).toBe(16);
    expect(owner.filter((permission) => !permissionsOf("admin")?.includes(permission))).toEqual([
      "tenant:manage",
    ]);
  });

  it("lets a viewer read schemas and nothing else", () => {
    expect(permissionsOf("viewer")).toEqual(["schema:read"]);
  });

  it("lets no role below admin manage members or keys", () => {
    for (const role of ["editor", "operator", "auditor", "viewer"] as const) {
      expect(permissionsOf(role)).not.toContain("member:manage");
      expect(permissionsOf(role)).not.toContain("apikey:manage");
    }
  });

  it("knows nothing of a role that is not built in, also one named like a property of all objects", () => {
    expect(permissionsOf("importer")).toBeUndefined();
    expect(permissionsOf("constructor")).toBeUndefined();
  });
});
