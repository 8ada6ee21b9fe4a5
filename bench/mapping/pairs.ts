import { readFileSync } from "node:fs";
import type { MappingSide } from "../../data-processing/schema-discovery/domain/suggest-mapping/suggest-mapping.ts";
import type { FieldKind } from "../../data-processing/schema-discovery/types.ts";
import type { JsonValue } from "../../shared/json.ts";
import { generateColumn, seeded } from "./generate.ts";

/** Two tables and which fields of theirs mean the same. */
export interface LabelledPair {
  name: string;
  source: MappingSide;
  target: MappingSide;
  /** Source field and target field. */
  truth: [string, string][];
}

/** A published schema, of which names and types of columns are taken. */
interface Origin {
  schema: string;
  /** On GitHub. */
  repository?: string;
  /** Of the repository, by its SPDX identifier where it has one. */
  licence: string;
}

/** A pair as it is written down: the table's name, then its columns as `name:type:values`, `!` behind the type of a key. */
interface WrittenPair {
  name: string;
  /** Where names of the source's and the target's columns come from; absent where they were written from memory. */
  origin?: [Origin, Origin];
  source: string[];
  target: string[];
  /** `source field=target field`. */
  truth: string[];
}

const rows = 150;

/** The pairs of `pairs/PART.json`, with values. */
export function readPairs(part: "tuned" | "held-out" | "fetched"): LabelledPair[] {
  const written = JSON.parse(
    readFileSync(new URL(`pairs/${part}.json`, import.meta.url), "utf8"),
  ) as WrittenPair[];
  return written.map((pair, at) => ({
    name: pair.name,
    source: readSide(pair.source, at * 2 + 1),
    target: readSide(pair.target, at * 2 + 2),
    truth: pair.truth.map((each) => each.split("=") as [string, string]),
  }));
}

interface Column {
  name: string;
  dataType: string;
  primaryKey: boolean;
  values: JsonValue[];
}

function readSide([table, ...columns]: string[], seed: number): MappingSide {
  const random = seeded(seed * 7919);
  return makeSide(
    table!,
    columns.map((column) => {
      const [name, type, ...values] = column.split(":");
      const dataType = type!.replace("!", "");
      return {
        name: name!,
        dataType,
        primaryKey: type!.endsWith("!"),
        values: generateColumn(values.join(":"), rows, random),
      };
    }),
  );
}

/** A side of a mapping as discovery would give it. */
export function makeSide(table: string, columns: Column[]): MappingSide {
  const count = Math.max(0, ...columns.map(({ values }) => values.length));
  return {
    entity: {
      table: { schema: "public", table },
      schema: {
        source: "workspace",
        entityType: table,
        kind: "table",
        fields: columns.map(({ name, dataType, primaryKey }) => ({
          name,
          dataType,
          kind: kindOf(dataType),
          nullable: !primaryKey,
          hasDefault: false,
          generated: false,
          primaryKey,
          unique: primaryKey,
        })),
        uniqueKeys: [],
        checks: [],
        references: [],
        fingerprint: "",
        lastAnalyzed: new Date(0),
      },
      columns: Object.fromEntries(
        columns.map(({ name, dataType }) => {
          const baseType = dataType === "char(36)" ? "bpchar" : dataType;
          return [name, { castType: baseType, fullType: dataType, baseType }];
        }),
      ),
      recordKey: [],
    },
    samples: Array.from({ length: count }, (_, row) =>
      Object.fromEntries(columns.map(({ name, values }) => [name, values[row] ?? null])),
    ),
  };
}

function kindOf(dataType: string): FieldKind {
  if (["int", "bigint"].includes(dataType)) return "int";
  if (["numeric", "double precision"].includes(dataType)) return "double";
  if (dataType === "bool") return "bool";
  return ["date", "timestamp", "timestamptz"].includes(dataType) ? "timestamp" : "string";
}
