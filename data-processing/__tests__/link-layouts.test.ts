import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import { ensureLinks, hasLinks } from "../entity-conversion/domain/links.js";
import { readSteps } from "../entity-conversion/domain/undo/link-steps.js";
import { ensureWriteBacks, hasTable } from "../entity-conversion/domain/write-back-tables.js";
import { openPool, sourceOn } from "../sources/pool.js";

let own: OwnPostgres;
beforeAll(async () => {
  own = await startOwnPostgres();
}, 60_000);
afterAll(() => own?.stop());

/** Columns of `axion.links` before rules made several records. */
const firstColumns = `tenant_id text NOT NULL, rule_id uuid NOT NULL, source_entity text NOT NULL, source_key text NOT NULL,
  target_entity text NOT NULL, target_key text NOT NULL, rule_version integer NOT NULL, job_id uuid, action text NOT NULL,
  source_hash uuid NOT NULL, before_image jsonb, after_hash uuid,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now()`;

/** What a tenant's own database may hold from earlier releases. */
const layouts = {
  "one record a rule, no history": `CREATE TABLE axion.links (${firstColumns},
    CONSTRAINT links_pkey PRIMARY KEY (tenant_id, rule_id, source_entity, source_key))`,
  "several records a rule, no history": `CREATE TABLE axion.links (${firstColumns}, part text NOT NULL DEFAULT '',
    CONSTRAINT links_pkey PRIMARY KEY (tenant_id, rule_id, source_entity, source_key, part))`,
  "write-backs that kept no images": `CREATE TABLE axion.links (${firstColumns}, part text NOT NULL DEFAULT '',
      CONSTRAINT links_pkey PRIMARY KEY (tenant_id, rule_id, source_entity, source_key, part));
    CREATE TABLE axion.applied_write_backs (tenant_id text NOT NULL, rule_id uuid NOT NULL, source_entity text NOT NULL,
      source_key text NOT NULL, id uuid NOT NULL, applied_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (tenant_id, rule_id, source_entity, source_key))`,
};

async function database(layout: string) {
  const name = `links_${randomUUID().replaceAll("-", "")}`;
  await own.admin.unsafe(`CREATE DATABASE ${name}`);
  const url = new URL(own.url);
  url.pathname = `/${name}`;
  const source = sourceOn(openPool(url.href, { maxConnections: 2, prepare: false }), {
    tenantId: "t",
    name: "own",
    kind: "postgres",
    database: name,
    defaultSchema: "public",
    readOnly: false,
  });
  await source.begin((tx) => tx.unsafe(`CREATE SCHEMA axion; ${layout}`));
  return source;
}

it.each(Object.entries(layouts))(
  "links of a layout with %s are kept and brought up to date",
  async (_, layout) => {
    const source = await database(layout);
    const ruleId = randomUUID();
    await source.begin(
      (tx) => tx`
    INSERT INTO axion.links (tenant_id, rule_id, source_entity, source_key, target_entity, target_key, rule_version, action, source_hash)
    VALUES ('t', ${ruleId}, 'own/people', '1', 'contacts', '1', 1, 'create', gen_random_uuid())`,
    );
    await Promise.all([ensureLinks(source), ensureLinks(source)]);
    await ensureWriteBacks(source, source);
    await source.begin(async (tx) => {
      expect(await hasLinks(tx)).toBe(true);
      expect(await hasTable(tx, "axion.write_back_images")).toBe(true);
      const scope = { tenantId: "t", ruleId, sourceEntity: "own/people" };
      expect(await readSteps(tx, scope, ["1"])).toMatchObject([
        { part: "", targetKey: "1", historyId: null },
      ]);
      const [key] = await tx<{ columns: string }[]>`
      SELECT pg_get_constraintdef(oid) AS columns FROM pg_constraint WHERE conname = 'links_pkey'`;
      expect(key?.columns).toContain("source_key, part)");
    });
  },
);
