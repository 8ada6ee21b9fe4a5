import { describe, expect, test } from "vitest";
import type { JsonValue } from "../../../../shared/json.js";
import { checkExpression } from "../../../entity-conversion/domain/expressions/check.js";
import { compileEvaluator } from "../../../entity-conversion/domain/expressions/evaluate.js";
import type { Value } from "../../../entity-conversion/domain/expressions/expression.js";
import { resultFits } from "../../../entity-conversion/domain/field-types.js";
import type { FieldKind, MappingSuggestion } from "../../types.js";
import { type MappingSide, suggestMapping } from "./suggest-mapping.js";

type Columns = Record<string, FieldKind | [FieldKind, JsonValue[]]>;

const dataTypes: Partial<Record<FieldKind, string>> = {
  string: "text",
  int: "int8",
  double: "float8",
  bool: "bool",
};

function side(entityType: string, columns: Columns): MappingSide {
  const entries = Object.entries(columns).map(([name, column]) => {
    const [kind, values] = Array.isArray(column) ? column : [column, []];
    return { name, kind, values, dataType: dataTypes[kind] ?? "timestamptz" };
  });
  const count = Math.max(0, ...entries.map(({ values }) => values.length));
  return {
    entity: {
      table: { schema: "public", table: entityType },
      schema: {
        source: "workspace",
        entityType,
        kind: "table",
        fields: entries.map(({ name, kind, dataType }) => ({
          name,
          kind,
          dataType,
          nullable: true,
          hasDefault: false,
          generated: false,
          primaryKey: false,
          unique: false,
        })),
        uniqueKeys: [],
        checks: [],
        references: [],
        fingerprint: "",
        lastAnalyzed: new Date(0),
      },
      columns: Object.fromEntries(
        entries.map(({ name, dataType }) => [
          name,
          { castType: dataType, fullType: dataType, baseType: dataType },
        ]),
      ),
      recordKey: [],
    },
    samples: Array.from({ length: count }, (_, row) =>
      Object.fromEntries(entries.map(({ name, values }) => [name, values[row] ?? null])),
    ),
  };
}

/** The suggestion for a target field, with what its expression makes of a source record. */
function suggest(from: MappingSide, to: MappingSide, targetField: string, record: Record<string, Value>) {
  const { suggestions } = suggestMapping(from, to, { candidates: 3 });
  const suggestion = suggestions.find((each) => each.targetField === targetField) as MappingSuggestion;
  return { ...suggestion, value: evaluate(suggestion, from, to, record) };
}

function evaluate(
  { expression, targetField }: MappingSuggestion,
  from: MappingSide,
  to: MappingSide,
  record: Record<string, Value>,
): Value | undefined {
  if (expression === undefined) return undefined;
  const fields = from.entity.schema.fields.map(({ name, kind }) => ({
    name,
    type: kind === "other" ? ("string" as const) : kind,
  }));
  const checked = checkExpression(expression, fields);
  const field = to.entity.schema.fields.find(({ name }) => name === targetField)!;
  expect(resultFits(checked.type, { kind: field.kind, column: to.entity.columns[targetField]! })).toBe(true);
  return compileEvaluator(checked)(fields.map(({ name }) => record[name] ?? null));
}

describe("a person's name", () => {
  test("is joined where the target has it in one field", () => {
    const from = side("contacts", { first_name: "string", last_name: "string", email: "string" });
    const to = side("people", { full_name: "string", mail: "string" });
    const found = suggest(from, to, "full_name", { first_name: "Ada", last_name: "King" });
    expect(found).toMatchObject({
      value: "Ada King",
      sourceFields: ["first_name", "last_name"],
      directCopy: false,
    });
    expect(found.sourceField).toBeUndefined();
  });

  test("is split where the source has it in one field, and loses no word", () => {
    const from = side("customers", { name: ["string", ["Ada King", "Jan van Eyck"]] });
    const to = side("contacts", { firstName: "string", lastName: "string" });
    const record = { name: " Jan van Eyck " };
    expect(suggest(from, to, "firstName", record).value).toBe("Jan");
    expect(suggest(from, to, "lastName", record).value).toBe("van Eyck");
  });

  test("is split at the comma where the family name comes first", () => {
    const from = side("patients", { full_name: ["string", ["King, Ada", "Eyck, Jan"]] });
    const to = side("persons", { given_name: "string", surname: "string" });
    expect(suggest(from, to, "given_name", { full_name: "King, Ada" }).value).toBe("Ada");
    expect(suggest(from, to, "surname", { full_name: "King, Ada" }).value).toBe("King");
  });

  test("is split in the Russian order", () => {
    const from = side("сотрудники", { фио: "string" });
    const to = side("employees", { first_name: "string", middle_name: "string", last_name: "string" });
    const record = { фио: "Попова Анна Ивановна" };
    expect(
      ["last_name", "first_name", "middle_name"].map((part) => suggest(from, to, part, record).value),
    ).toEqual(["Попова", "Анна", "Ивановна"]);
  });

  test("of a company is left whole", () => {
    const from = side("customers", { name: ["string", ["Siemens", "Bosch", "Miele"]] });
    const to = side("contacts", { first_name: "string", last_name: "string", name: "string" });
    expect(suggest(from, to, "name", {})).toMatchObject({ sourceField: "name", directCopy: true });
  });
});

describe("values in another form", () => {
  test("dates are read in the pattern of the source", () => {
    const from = side("a", { birth_date: ["string", ["24.12.1815", "01.02.1990"]] });
    const to = side("b", { birthday: "timestamp" });
    expect(suggest(from, to, "birthday", { birth_date: "24.12.1815" })).toMatchObject({
      expression: 'parseDate(record.birth_date, "DD.MM.YYYY")',
      sourceField: "birth_date",
    });
  });

  test("dates with slashes are read only where a value tells day and month apart", () => {
    const to = side("b", { due_date: "timestamp" });
    const clear = side("a", { due_date: ["string", ["01/02/2024", "01/31/2024"]] });
    expect(suggest(clear, to, "due_date", { due_date: "01/31/2024" }).expression).toContain("MM/DD/YYYY");
    const unclear = side("a", { due_date: ["string", ["01/02/2024", "03/04/2024"]] });
    expect(suggest(unclear, to, "due_date", {}).expression).not.toContain("parseDate");
  });

  test("dates are written as the target's texts are", () => {
    const from = side("a", { created_at: ["timestamp", ["2024-01-31T00:00:00Z"]] });
    const to = side("b", { created_at: ["string", ["31.01.2024", "28.02.2023"]] });
    expect(suggest(from, to, "created_at", {}).expression).toBe(
      'formatDate(record.created_at, "DD.MM.YYYY")',
    );
  });

  test("numbers lose signs, spaces and the decimal comma", () => {
    const from = side("a", { price: ["string", ["1.234,50 €", "12,00 €", "7 €"]] });
    const to = side("b", { price: "double" });
    expect(suggest(from, to, "price", { price: "1.234,50 €" }).value).toBe(1234.5);
    const english = side("a", { price: ["string", ["$1,234.50", "$12.00"]] });
    expect(suggest(english, to, "price", { price: "$1,234.50" }).value).toBe(1234.5);
  });

  test("units are converted", () => {
    const grams = side("a", { weight_kg: "double", price_cents: "int" });
    const to = side("b", { weight_g: "int", price: "double" });
    const record = { weight_kg: 1.25, price_cents: 1999n };
    expect(suggest(grams, to, "weight_g", record).value).toBe(1250n);
    expect(suggest(grams, to, "price", record).value).toBe(19.99);
  });

  test("states are translated, and those without a counterpart are named", () => {
    const repeat = (values: string[]): JsonValue[] =>
      Array.from({ length: 40 }, (_, at) => values[at % values.length]!);
    const from = side("a", {
      gender: ["string", repeat(["m", "f"])],
      status: ["string", repeat(["IN_PROGRESS", "paid", "odd"])],
    });
    const to = side("b", {
      gender: ["string", repeat(["Male", "Female"])],
      status: ["string", repeat(["In Progress", "Paid", "Void"])],
    });
    expect(suggest(from, to, "gender", { gender: "f" }).value).toBe("Female");
    const status = suggest(from, to, "status", { status: "IN_PROGRESS" });
    expect(status.value).toBe("In Progress");
    expect(status.explanation).toContain("odd");
  });

  test("states that are the same are copied", () => {
    const values: JsonValue[] = Array.from({ length: 40 }, (_, at) => ["new", "won"][at % 2]!);
    const from = side("a", { status: ["string", values] });
    expect(suggest(from, side("b", { status: ["string", values] }), "status", {})).toMatchObject({
      directCopy: true,
    });
  });
});

test("every expression quotes field names that are no identifiers", () => {
  const from = side("people", { 'First "name"': "string", "Last name": "string" });
  const found = suggest(from, side("p", { full_name: "string" }), "full_name", {
    'First "name"': "A",
    "Last name": "B",
  });
  expect(found.value).toBe("A B");
});

test("texts for yes and no are read by the words that the values show", () => {
  const from = side("klienty", { aktiven: ["string", ["да", "нет", "Да", "нет"]] });
  const to = side("customer", { is_active: "bool" });
  expect(suggest(from, to, "is_active", { aktiven: "Да " })).toMatchObject({
    sourceField: "aktiven",
    directCopy: false,
    value: true,
    explanation: "takes да for yes",
  });
  expect(suggest(from, to, "is_active", { aktiven: "нет" }).value).toBe(false);
});

test("a state whose values a check lists is a status, and is translated to those values without any records", () => {
  const stages = ["new", "in progress", "closed"];
  const from = side("tickets", {
    status: ["string", Array.from({ length: 30 }, (_, at) => ["новый", "в работе", "выполнен"][at % 3]!)],
    country: "string",
  });
  const to = side("cases", { state: "string" });
  const list = stages.map((stage) => `'${stage}'::text`).join(", ");
  to.entity.schema.checks = [
    { name: "cases_state", fields: ["state"], expression: `(state = ANY (ARRAY[${list}]))` },
  ];
  const found = suggest(from, to, "state", { status: "в работе" });
  expect(found).toMatchObject({ sourceField: "status", directCopy: false, value: "in progress" });
});
