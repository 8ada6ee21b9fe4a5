import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OwnPostgres, startOwnPostgres } from "../../tenant-management/__tests__/own-postgres.js";
import { completeDefinition, prepareRule, type RuleWorld } from "../entity-conversion/domain/prepare-rule.js";
import type { RuleDefinitionInput } from "../entity-conversion/types.js";
import { readEntity } from "../schema-discovery/domain/read-entity.js";
import type { DataSource } from "../sources/data-source.js";
import { quoteIdentifier } from "../sources/identifiers.js";
import { openPool, sourceOn } from "../sources/pool.js";
import { convertAll } from "./workspace-world.js";

let own: OwnPostgres;
let source: DataSource;
beforeAll(async () => {
  own = await startOwnPostgres();
  const pool = openPool(own.url, { maxConnections: 2, prepare: false });
  const identity = { tenantId: randomUUID(), name: "own", kind: "postgres" as const, readOnly: false };
  source = sourceOn(pool, { ...identity, database: "own", defaultSchema: "public" });
}, 60_000);
afterAll(() => own?.stop());

/** Names that a careless statement would take for something else. */
const names = [
  'Kunden "A.G."',
  "public.orders",
  "x'; DROP TABLE victims; --",
  "SELECT",
  "$1",
  "Ünïcødé 😀",
  "a\\b",
  "%s %I :name",
];

describe.each(["set-based", "streaming"] as const)("names of entities and fields, %s", (executor) => {
  it.each(names)("may be anything: %s", async (name) => {
    const entity = `${name} ${executor.slice(0, 2)}`;
    const q = quoteIdentifier;
    const [from, to, other] = ["from", "to", "rel"].map((kind) => `${entity} ${kind}`) as [
      string,
      string,
      string,
    ];
    await source.begin((tx) =>
      tx.unsafe(`CREATE TABLE IF NOT EXISTS victims (id integer);
        CREATE TABLE ${q(from)} (${q(name)} integer PRIMARY KEY, ${q(`${name} t`)} text, ${q(`${name} b`)} text);
        CREATE TABLE ${q(other)} (${q(name)} text PRIMARY KEY);
        CREATE TABLE ${q(to)} (${q(name)} integer PRIMARY KEY, ${q(`${name} t`)} text, ${q(`${name} r`)} text REFERENCES ${q(other)});
        INSERT INTO ${q(from)} VALUES (1, 'one'), (2, 'two')`),
    );
    const quoted = (schema: string) => `${q(schema)}`;
    const definition: RuleDefinitionInput = {
      name,
      source: { dataSource: "own", entity: `public.${quoted(from)}` },
      target: { dataSource: "own", entity: `public.${quoted(to)}` },
      naturalKey: [name],
      when: `record[${JSON.stringify(`${name} t`)}] != null`,
      mappings: [
        { target: name, column: name },
        { target: `${name} t`, expression: `record[${JSON.stringify(`${name} t`)}] + "!"` },
        { target: `${name} r`, reference: "rel" },
      ],
      related: [
        {
          name: "rel",
          entity: `public.${quoted(other)}`,
          naturalKey: [name],
          mappings: [{ target: name, column: `${name} t` }],
        },
      ],
      writeBack: [{ field: `${name} b`, reference: "main" }],
    };
    const world: RuleWorld = { open: async () => source, discover: (ref) => readEntity(source, ref.entity) };
    const rule = { ruleId: randomUUID(), ruleVersion: 1, definition: completeDefinition(definition) };
    const { plan, problems } = await prepareRule(world, rule);
    expect(problems).toEqual([]);
    const { tenantId } = source;
    const made = await convertAll(world, plan!, {
      tenantId,
      executor: executor === "streaming" ? executor : undefined,
    });
    expect(made.executor).toBe(executor);
    expect(made.results.map(({ outcome, reason }) => reason?.message ?? outcome)).toEqual([
      "converted",
      "converted",
    ]);
    const rows = (table: string) =>
      source.begin((tx) => tx.unsafe(`SELECT * FROM ${q(table)} ORDER BY 1`).values());
    expect([...(await rows(to))]).toEqual([
      [1, "one!", "one"],
      [2, "two!", "two"],
    ]);
    expect([...(await rows(from))].map((row) => row[2])).toEqual(["1", "2"]);
    expect([...(await rows("victims"))]).toEqual([]);
  });

  it("that are none are refused as unknown", async () => {
    const world: RuleWorld = { open: async () => source, discover: (ref) => readEntity(source, ref.entity) };
    const definition = completeDefinition({
      name: "none",
      source: { dataSource: "own", entity: "victims; DROP TABLE victims" },
      target: { dataSource: "own", entity: 'victims" CASCADE; --' },
      naturalKey: ["id"],
      mappings: [{ target: "id", column: "id" }],
    });
    const { problems } = await prepareRule(world, { ruleId: randomUUID(), ruleVersion: 1, definition });
    expect(problems.map(({ path }) => path)).toEqual(["source.entity", "target.entity"]);
  });
});
