import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { BasicType, Field, TypeSchema, Validation } from "../../model/app-model.js";
import { compileDecoder, type Types } from "./decode.js";
import { INVALID, lastFailure } from "./failure.js";
import { writeJson } from "./write-json.js";

const basic = (type: BasicType, validation?: Validation): TypeSchema => ({
  kind: "basic",
  type,
  ...(validation && { validation }),
});
const field = (name: string, type: TypeSchema, optional = false): Field => ({ name, type, optional });
const object = (...fields: Field[]): TypeSchema => ({ kind: "object", fields });
const list = (element: TypeSchema): TypeSchema => ({ kind: "array", element });
const union = (...members: TypeSchema[]): TypeSchema => ({ kind: "union", members });

function decode(schema: TypeSchema, value: unknown, types: Types = {}): unknown {
  const decoded = compileDecoder(schema, types)(value);
  return decoded === INVALID ? new Error(lastFailure()) : decoded;
}

describe("objects", () => {
  const person = object(field("name", basic("string")), field("age", basic("number"), true));

  test("keep the fields of their type", () => {
    expect(decode(person, { name: "Ada", age: 36, admin: true })).toEqual({ name: "Ada", age: 36 });
    expect(decode(person, { name: "Ada" })).toEqual({ name: "Ada" });
  });

  test("name the field that is wrong, at any depth", () => {
    const schema = object(field("people", list(object(field("person", person)))));
    const value = { people: [{ person: { name: "Ada" } }, { person: { name: 1 } }] };
    expect(decode(schema, value)).toEqual(
      new Error("people[1].person.name: expected a string, got a number"),
    );
    expect(decode(person, {})).toEqual(new Error("missing field name"));
    expect(decode(person, { name: "Ada", age: null })).toEqual(new Error("age: expected a number, got null"));
  });

  test("do not take inherited properties for fields", () => {
    const schema = object(field("constructor", basic("any")), field("toString", basic("any"), true));
    expect(decode(schema, {})).toEqual(new Error("missing field constructor"));
    expect(decode(schema, { constructor: 1 })).toEqual({ constructor: 1 });
  });

  test("of a recursive type are decoded to the end", () => {
    const tree = { kind: "ref", type: "Tree" } as const;
    const types: Types = {
      Tree: {
        id: "Tree",
        name: "Tree",
        file: "a.ts",
        type: object(field("n", basic("number")), field("of", list(tree), true)),
      },
    };
    expect(decode(tree, { n: 1, of: [{ n: 2, x: 1 }] }, types)).toEqual({ n: 1, of: [{ n: 2 }] });
    expect(decode(tree, { n: 1, of: [{ n: "2" }] }, types)).toEqual(
      new Error("of[0].n: expected a number, got a string"),
    );
  });
});

describe("maps", () => {
  const counts: TypeSchema = { kind: "map", value: basic("number") };

  test("keep all keys, __proto__ included, without touching prototypes", () => {
    const decoded = decode(counts, JSON.parse('{"a":1,"__proto__":2}')) as object;
    expect(Object.entries(decoded)).toEqual([
      ["a", 1],
      ["__proto__", 2],
    ]);
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });

  test("are no lists", () => {
    expect(decode(counts, [1])).toEqual(new Error("expected an object, got a list"));
  });
});

describe("values", () => {
  test.each<[BasicType, unknown, unknown]>([
    ["date", "2024-02-29T12:30:15.250Z", new Date("2024-02-29T12:30:15.250Z")],
    ["number", 9007199254740993n, 9007199254740993n],
    ["null", null, null],
    ["any", { deep: [undefined] }, { deep: [undefined] }],
  ])("%s takes %s", (type, given, taken) => {
    expect(decode(basic(type), given)).toEqual(taken);
  });

  test.each<[BasicType, unknown]>([
    ["string", 1],
    ["number", "1"],
    ["boolean", "true"],
    ["date", 0],
    ["date", "2024-02-29"],
    ["date", "2023-02-29T00:00:00Z"],
    ["decimal", 1.5],
    ["bigint", "abc"],
    ["null", 0],
  ])("%s refuses %s", (type, given) => {
    expect(decode(basic(type), given)).toBeInstanceOf(Error);
  });

  test("of a union are taken by the first member that fits", () => {
    const shape = union(
      object(field("kind", { kind: "literal", value: "circle" }), field("r", basic("number"))),
      object(field("kind", { kind: "literal", value: "rect" }), field("w", basic("number"))),
      basic("null"),
    );
    expect(decode(shape, { kind: "rect", w: 1, r: 2 })).toEqual({ kind: "rect", w: 1 });
    expect(decode(shape, null)).toBeNull();
    expect(decode(shape, { kind: "line" })).toEqual(new Error("an object matches no member of the union"));
  });
});

describe("rules", () => {
  const name: Validation = {
    rule: "and",
    of: [
      { rule: "minLen", value: 2 },
      { rule: "maxLen", value: 4 },
    ],
  };

  test("count the bytes of text and the elements of lists", () => {
    const schema = object(field("name", basic("string", name)));
    expect(decode(schema, { name: "é" })).toEqual({ name: "é" });
    expect(decode(schema, { name: "ééé" })).toEqual(new Error("name: length too long, expected at most 4"));
    const few: TypeSchema = { ...list(basic("number")), validation: { rule: "maxLen", value: 1 } };
    expect(decode(few, [1, 2])).toBeInstanceOf(Error);
  });

  test("one of several is enough for an or", () => {
    const contact = basic("string", { rule: "or", of: [{ rule: "isEmail" }, { rule: "isURL" }] });
    expect(decode(contact, "a@b.org")).toBe("a@b.org");
    expect(decode(contact, "https://b.org")).toBe("https://b.org");
    expect(decode(contact, "b.org")).toEqual(new Error("value is not an email"));
  });

  test("of numbers hold at their bounds", () => {
    const age = basic("number", { rule: "min", value: 18 });
    expect(decode(age, 18)).toBe(18);
    expect(decode(age, 17.9)).toBeInstanceOf(Error);
  });

  test("of patterns understand the dialect of the official runtime", () => {
    const matches = (pattern: string, text: string): boolean =>
      decode(basic("string", { rule: "matchesRegexp", value: pattern }), text) === text;
    expect(matches("(?i)^abc$", "ABC")).toBe(true);
    expect(matches("\\A(?P<year>\\d{4})\\z", "2024")).toBe(true);
    expect(matches("^[[:alpha:]_]+$", "a_b")).toBe(true);
    expect(matches("[a-z\\-_]", "-")).toBe(true);
    expect(matches("^\\d$", "12")).toBe(false);
  });
});

describe("what is written is read back", () => {
  const types: Types = {};
  const schema = object(
    field("text", basic("string")),
    field("number", basic("number")),
    field("at", basic("date")),
    field("tags", list(basic("string"))),
    field("counts", { kind: "map", value: basic("number") }, true),
    field("either", union(basic("boolean"), basic("null"), basic("string"))),
  );
  let decoder: (value: unknown) => unknown;

  beforeAll(() => {
    decoder = compileDecoder(schema, types);
  });

  test("whatever the values", () => {
    const value = fc.record(
      {
        text: fc.string({ unit: "binary" }),
        number: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
        at: fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
        tags: fc.array(fc.string()),
        counts: fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }),
        either: fc.oneof(fc.boolean(), fc.constant(null), fc.string()),
      },
      { requiredKeys: ["text", "number", "at", "tags", "either"], noNullPrototype: true },
    );
    fc.assert(
      fc.property(value, (given) => {
        expect(decoder(JSON.parse(writeJson(given)))).toEqual(given);
      }),
    );
  });
});
