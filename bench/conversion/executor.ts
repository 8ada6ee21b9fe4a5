/**
 * Runs one executor over all cities, in a process of its own: reads its task as JSON from the first argument, and
 * prints seconds, counts and memory as one line of JSON.
 */
import { resolveTypescriptImports } from "../lib/typescript-imports.ts";

/** What is to be measured. */
export interface ExecutorTask {
  source: string;
  target: string;
  table: string;
  batchSize: number;
}

export interface ExecutorFigures {
  executor: string;
  seconds: number;
  records: number;
  written: number;
  /** Resident memory at its highest, over that before the first batch. */
  memoryOverIdleMb: number;
}

resolveTypescriptImports();
const { openPool, sourceOn } = await import("../../data-processing/sources/pool.ts");
const { readEntity } = await import("../../data-processing/schema-discovery/domain/read-entity.ts");
const { completeDefinition, prepareRule } = await import(
  "../../data-processing/entity-conversion/domain/prepare-rule.ts"
);
const { openConversion, convertBatch } = await import(
  "../../data-processing/entity-conversion/domain/convert-batch.ts"
);

const task = JSON.parse(process.argv[2] ?? "") as ExecutorTask;
const open = (name: string, url: string) =>
  sourceOn(openPool(url, { maxConnections: 4, prepare: false }), {
    tenantId: "bench",
    name,
    kind: "postgres",
    database: url,
    defaultSchema: "public",
    readOnly: false,
  });
const sources = { first: open("first", task.source), second: open("second", task.target) };
const world = {
  open: async (name: string) => sources[name as keyof typeof sources],
  discover: async ({ dataSource, entity }: { dataSource: string; entity: string }) =>
    await readEntity(sources[dataSource as keyof typeof sources], entity),
};
const definition = completeDefinition({
  name: "cities to locations",
  source: { dataSource: "first", entity: "cities" },
  target: { dataSource: "second", entity: task.table },
  naturalKey: ["id"],
  when: 'record.admin1 != ""',
  mappings: [
    { target: "id", column: "id" },
    { target: "name", column: "name" },
    { target: "label", expression: 'record.name + " (" + upper(record.country) + ")"' },
    { target: "latitude", expression: "toNumber(record.lat)" },
    { target: "longitude", expression: "toNumber(record.lng)" },
    { target: "country_code", column: "country" },
    {
      target: "country_name",
      lookup: {
        entity: "countries",
        matchColumn: "code",
        equals: "record.country",
        valueColumn: "name",
        onMiss: "null",
      },
    },
    { target: "admin1", column: "admin1" },
  ],
});
const { plan, problems } = await prepareRule(world, {
  ruleId: "00000000-0000-4000-8000-000000000001",
  ruleVersion: 1,
  definition,
});
if (!plan) throw new Error(JSON.stringify(problems));
const conversion = await openConversion(plan, world.open);
global.gc?.();
const idle = process.memoryUsage.rss();
let peak = idle;
const watch = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss());
}, 50);

const context = { tenantId: "bench", jobId: "00000000-0000-4000-8000-000000000002" };
const began = performance.now();
let records = 0;
let written = 0;
let after: string[] | undefined;
for (;;) {
  const results = await convertBatch(conversion, { after, limit: task.batchSize }, context);
  if (results.length === 0) break;
  records += results.length;
  for (const result of results) if (result.outcome === "converted") written++;
  after = results.at(-1)?.key;
}
const seconds = (performance.now() - began) / 1000;
clearInterval(watch);
const figures: ExecutorFigures = {
  executor: conversion.executor,
  seconds,
  records,
  written,
  memoryOverIdleMb: Math.round((peak - idle) / 1024 / 1024),
};
console.log(JSON.stringify(figures));
process.exit(0);
