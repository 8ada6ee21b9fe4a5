import { describe, expect, it } from "vitest";
import { requirePermissionFor } from "./permissions.js";

describe("permission of an endpoint", () => {
  it("lets a caller with the permission pass and names it to one without", () => {
    expect(() => requirePermissionFor("createRule", ["conversion:create"])).not.toThrow();
    expect(() => requirePermissionFor("createRule", ["conversion:execute"])).toThrow("conversion:create");
  });

  it("is met by one of several", () => {
    expect(() => requirePermissionFor("previewConversion", ["conversion:execute"])).not.toThrow();
    expect(() => requirePermissionFor("previewConversion", [])).toThrow(
      "conversion:create or conversion:execute",
    );
  });

  it("is not asked where every member may call", () => {
    expect(() => requirePermissionFor("me", [])).not.toThrow();
  });

  it("refuses an endpoint that is not listed, also one named like a property of all objects", () => {
    expect(() => requirePermissionFor("dropEverything", ["tenant:manage"])).toThrow(
      "No permission is defined",
    );
    expect(() => requirePermissionFor("constructor", ["tenant:manage"])).toThrow();
  });
});
