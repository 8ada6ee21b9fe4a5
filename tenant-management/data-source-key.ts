import { eq } from "drizzle-orm";
import { secret } from "encore.dev/config";
import { isLocalDevelopment } from "../shared/environment.js";
import { parseServiceKey, requireConfigured, resolveServiceKey } from "../shared/secrets/service-keys.js";
import { db } from "./db.js";
import type { KeyRing } from "./domain/source-keys.js";
import { generatedKeys } from "./schema.js";

const name = "DataSourceKey";
const configuredKeys = secret("DataSourceKey");

/** The keys that the secret holds: the current one first, then those that it takes the place of. */
function configured(): string[] {
  return configuredKeys()
    .split(/[\s,]+/)
    .filter((key) => key !== "");
}

requireConfigured(name, configured()[0] ?? "");
for (const key of configured()) parseServiceKey(name, key);

let resolved: Promise<KeyRing> | undefined;

/** The keys that data sources' connection strings are encrypted with. */
export function dataSourceKeys(): Promise<KeyRing> {
  resolved ??= resolveKeys().catch((error) => {
    resolved = undefined;
    throw error;
  });
  return resolved;
}

async function resolveKeys(): Promise<KeyRing> {
  const keys = configured().map((key) => parseServiceKey(name, key));
  const [current = await resolveServiceKey(db, name, "")] = keys;
  return { current, all: [current, ...keys.slice(1), ...(await generatedKey())] };
}

/** The key made up on a developer's machine before the secret was set. */
async function generatedKey() {
  if (!isLocalDevelopment()) return [];
  const rows = await db.select().from(generatedKeys).where(eq(generatedKeys.name, name));
  return rows.map((row) => parseServiceKey(name, row.value));
}
