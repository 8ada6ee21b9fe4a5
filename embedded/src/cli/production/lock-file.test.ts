import { expect, test } from "vitest";
import { type LockFile, pruneLock } from "./lock-file.js";

const LOCK: LockFile = {
  lockfileVersion: 3,
  packages: {
    "": { version: "1.0.0" },
    "node_modules/a": {
      version: "1.0.0",
      dependencies: { b: "^1.0.0" },
      optionalDependencies: { missing: "*" },
    },
    "node_modules/a/node_modules/b": { version: "1.5.0" },
    "node_modules/b": { version: "2.0.0", dev: true },
    "node_modules/tool": { version: "3.0.0", dev: true },
    "apps/x/node_modules/c": { version: "4.0.0", dependencies: { b: "*" } },
    "node_modules/local": { link: true },
  },
};
const root = (dependencies: Record<string, string>) => ({ name: "app", version: "1.0.0", dependencies });

test("keeps what the dependencies need, each where it was", () => {
  const pruned = pruneLock(LOCK, { root: root({ a: "1.0.0" }), location: "" });
  expect(Object.keys(pruned?.packages ?? {})).toEqual([
    "",
    "node_modules/a",
    "node_modules/a/node_modules/b",
  ]);
});

test("moves the packages of a nested app to the top", () => {
  const pruned = pruneLock(LOCK, { root: root({ c: "4.0.0" }), location: "apps/x" });
  expect(pruned?.packages).toMatchObject({
    "node_modules/b": { version: "2.0.0" },
    "node_modules/c": { version: "4.0.0" },
  });
  expect(pruned?.packages?.["node_modules/b"]).not.toHaveProperty("dev");
});

test("gives up on what it cannot lock: unknown and local packages", () => {
  expect(pruneLock(LOCK, { root: root({ nobody: "1.0.0" }), location: "" })).toBeUndefined();
  expect(pruneLock(LOCK, { root: root({ local: "1.0.0" }), location: "" })).toBeUndefined();
});
