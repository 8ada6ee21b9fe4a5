import { randomBytes, randomUUID } from "node:crypto";
import { appMeta } from "encore.dev";
import { afterEach, describe, expect, it } from "vitest";
import { db } from "../../../user-management/db.js";
import { requireConfigured, resolveServiceKey } from "../service-keys.js";

const environment = appMeta().environment;
const { type, cloud } = environment;

afterEach(() => {
  Object.assign(environment, { type, cloud });
});

describe("a secret that is not set", () => {
  it("is made up once in local development and stays the same", async () => {
    const name = `Key-${randomUUID()}`;
    const keys = await Promise.all(Array.from({ length: 5 }, () => resolveServiceKey(db, name, "")));
    expect(new Set(keys.map((key) => key.id)).size).toBe(1);
    expect((await resolveServiceKey(db, name, "")).id).toBe(keys[0]?.id);
  });

  it("gives way to the secret once it is set", async () => {
    const name = `Key-${randomUUID()}`;
    const generated = await resolveServiceKey(db, name, "");
    const configured = await resolveServiceKey(db, name, randomBytes(32).toString("base64"));
    expect(configured.id).not.toBe(generated.id);
  });

  it.each([
    { type: "production", cloud: "local" },
    { type: "development", cloud: "aws" },
  ])("stops the start by name in $type on $cloud", async (elsewhere) => {
    Object.assign(environment, elsewhere);
    expect(() => requireConfigured("TokenSigningKey", "")).toThrow(/Secret TokenSigningKey is not set/);
    await expect(resolveServiceKey(db, "TokenSigningKey", "")).rejects.toThrow(/TokenSigningKey/);
  });
});
