import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FieldDefinition, FieldKind } from "../../types.js";
import type { DiscoveredEntity } from "../entity.js";
import { bestAssignment } from "./assignment.js";
import { suggestMapping } from "./suggest-mapping.js";

function field(
  name: string,
  kind: FieldKind = "string",
  more: Partial<FieldDefinition> = {},
): FieldDefinition {
  const dataType = {
    string: "text",
    int: "integer",
    double: "double precision",
    bool: "boolean",
    timestamp: "timestamptz",
    other: "jsonb",
  }[kind];
  return {
    name,
    kind,
    dataType,
    nullable: true,
    hasDefault: false,
    generated: false,
    primaryKey: false,
    unique: false,
    ...more,
  };
}

function entity(entityType: string, fields: FieldDefinition[]): DiscoveredEntity {
  return {
    table: { schema: "public", table: entityType },
    schema: {
      source: "workspace",
      entityType,
      kind: "table",
      fields,
      uniqueKeys: [],
      checks: [],
      references: [],
      fingerprint: "",
      lastAnalyzed: new Date(0),
    },
    columns: Object.fromEntries(
      fields.map(({ name, dataType }) => [
        name,
        { castType: dataType, fullType: dataType, baseType: dataType },
      ]),
    ),
    recordKey: [],
  };
}

function choices(from: DiscoveredEntity, to: DiscoveredEntity): Record<string, string | undefined> {
  const { suggestions } = suggestMapping(
    { entity: from, samples: [] },
    { entity: to, samples: [] },
    { candidates: 3 },
  );
  return Object.fromEntries(suggestions.map((each) => [each.targetField, each.sourceField]));
}

describe("suggested mappings", () => {
  test("see through abbreviations, word order and the table's own name", () => {
    const from = entity("cities", [
      field("id", "int", { primaryKey: true }),
      field("name"),
      field("lat"),
      field("lng"),
      field("country"),
    ]);
    const to = entity("locations", [
      field("city_id", "int", { primaryKey: true }),
      field("name"),
      field("latitude", "double"),
      field("longitude", "double"),
      field("country_code"),
    ]);
    expect(choices(from, to)).toEqual({
      city_id: "id",
      name: "name",
      latitude: "lat",
      longitude: "lng",
      country_code: "country",
    });
  });

  test("match Russian names with English ones", () => {
    const from = entity("клиенты", [field("фамилия"), field("телефон"), field("дата_рождения", "timestamp")]);
    const to = entity("customers", [field("birthDate", "timestamp"), field("lastName"), field("phone")]);
    expect(choices(from, to)).toEqual({ birthDate: "дата_рождения", lastName: "фамилия", phone: "телефон" });
  });

  test("give each source field away once", () => {
    const from = entity("people", [field("email")]);
    const to = entity("contacts", [field("email"), field("email_address")]);
    expect(choices(from, to)).toEqual({ email: "email", email_address: undefined });
  });

  test("convert a type that cannot be copied", () => {
    const from = entity("rows", [field("amount")]);
    const to = entity("payments", [field("amount", "double")]);
    const [suggestion] = suggestMapping(
      { entity: from, samples: [] },
      { entity: to, samples: [] },
      { candidates: 1 },
    ).suggestions;
    expect(suggestion).toMatchObject({ directCopy: false, expression: "toNumber(record.amount)" });
  });

  test("let values decide where names say nothing", () => {
    const from = entity("a", [field("c1"), field("c2")]);
    const to = entity("b", [field("x"), field("y")]);
    const mails = ["ada@example.com", "bob@example.com", "cyd@example.com", "dan@example.com"];
    const cities = ["Paris", "Rome", "Oslo", "Lima"];
    const { suggestions } = suggestMapping(
      { entity: from, samples: mails.map((mail, n) => ({ c1: mail, c2: cities[n]! })) },
      { entity: to, samples: mails.map((mail, n) => ({ x: cities[n]!, y: mail })) },
      { candidates: 1 },
    );
    expect(suggestions.map((each) => each.candidates[0]?.sourceField)).toEqual(["c2", "c1"]);
  });

  test("name required target fields that nothing fits", () => {
    const to = entity("b", [
      field("zebra", "int", { nullable: false }),
      field("quagga", "int", { nullable: false, hasDefault: true }),
    ]);
    const result = suggestMapping(
      { entity: entity("a", [field("colour")]), samples: [] },
      { entity: to, samples: [] },
      { candidates: 3 },
    );
    expect(result.unmappedRequired).toEqual(["zebra"]);
  });
});

test("the assignment is the best of all permutations", () => {
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .chain(([rows, columns]) =>
      fc.array(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    );
  void fc.assert(
    fc.property(matrix, (scores) => {
      const chosen = bestAssignment(scores);
      const used = chosen.filter((column) => column >= 0);
      expect(new Set(used).size).toBe(used.length);
      const total = chosen.reduce((sum, column, row) => sum + (column < 0 ? 0 : scores[row]![column]!), 0);
      expect(total).toBe(greatest(scores, 0, new Set()));
    }),
  );
});

function greatest(scores: number[][], row: number, taken: Set<number>): number {
  if (row === scores.length) return 0;
  let best = greatest(scores, row + 1, taken);
  for (const [column, score] of scores[row]!.entries()) {
    if (taken.has(column)) continue;
    taken.add(column);
    best = Math.max(best, score + greatest(scores, row + 1, taken));
    taken.delete(column);
  }
  return best;
}
