import { describe, expect, it } from "vitest";
import { resolveExports } from "./package-exports.js";

describe("what a package exports", () => {
  it("takes the alphabetically first condition that applies", () => {
    const exports = { "./*": { types: "./types/*.d.ts", require: "./cjs/*", import: "./esm/*" } };
    expect(resolveExports(exports, "server/mcp.js")).toBe("./esm/server/mcp.js");
  });

  it("takes conditions at the top for the package itself", () => {
    expect(resolveExports({ types: "./index.d.ts", default: "./index.js" }, "")).toBe("./index.js");
    expect(resolveExports({ types: "./index.d.ts" }, "other")).toBeUndefined();
  });

  it("prefers an exact subpath to a wildcard, and keeps to an exclusion", () => {
    const exports = { "./*": "./lib/*.js", "./a": "./special.js", "./internal/*": null };
    expect(resolveExports(exports, "a")).toBe("./special.js");
    expect(resolveExports(exports, "b")).toBe("./lib/b.js");
    expect(resolveExports(exports, "internal/x")).toBeUndefined();
  });
});
