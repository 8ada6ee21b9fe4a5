import { expect, test } from "vitest";
import type { AppModel, TypeSchema, Validation } from "../../model/app-model.js";
import { SchemaWriter } from "./json-schema.js";

const text: TypeSchema = { kind: "basic", type: "string" };

function schema(type: TypeSchema, types: AppModel["types"] = {}) {
  const writer = new SchemaWriter(
    { types } as unknown as AppModel,
    new Map(Object.keys(types).map((id) => [id, { namespace: "svc", name: id }])),
  );
  return { schema: writer.schema(type), components: writer.components };
}

test.each<[Validation, TypeSchema, object]>([
  [{ rule: "minLen", value: 2 }, text, { type: "string", minLength: 2 }],
  [
    { rule: "maxLen", value: 3 },
    { kind: "array", element: text },
    { type: "array", items: { type: "string" }, maxItems: 3 },
  ],
  [{ rule: "startsWith", value: "a.b" }, text, { type: "string", pattern: "^a\\.b" }],
  [{ rule: "isEmail" }, text, { type: "string", format: "email" }],
  [
    {
      rule: "and",
      of: [
        { rule: "minLen", value: 1 },
        { rule: "maxLen", value: 9 },
      ],
    },
    text,
    { type: "string", minLength: 1, maxLength: 9 },
  ],
  [
    {
      rule: "or",
      of: [
        { rule: "min", value: 1 },
        { rule: "max", value: -1 },
      ],
    },
    { kind: "basic", type: "number" },
    { type: "number", anyOf: [{ minimum: 1 }, { maximum: -1 }] },
  ],
])("validation %j becomes keywords", (validation, type, expected) => {
  expect(schema({ ...type, validation }).schema).toEqual(expected);
});

test("unions of literals are enumerations, and null is a type", () => {
  const union: TypeSchema = {
    kind: "union",
    members: [
      { kind: "literal", value: "a" },
      { kind: "literal", value: 1 },
      { kind: "basic", type: "null" },
    ],
  };
  expect(schema(union).schema).toEqual({ anyOf: [{ enum: ["a", 1] }, { type: "null" }] });
});

test("recursive types refer to themselves", () => {
  const tree: TypeSchema = {
    kind: "object",
    fields: [
      { name: "children", optional: false, type: { kind: "array", element: { kind: "ref", type: "Tree" } } },
    ],
  };
  const { schema: written, components } = schema(
    { kind: "ref", type: "Tree" },
    { Tree: { id: "Tree", name: "Tree", file: "svc/tree.ts", type: tree, doc: "A tree." } },
  );
  expect(written).toEqual({ $ref: "#/components/schemas/svc.Tree" });
  expect(components["svc.Tree"]).toEqual({
    type: "object",
    description: "A tree.",
    required: ["children"],
    properties: { children: { type: "array", items: { $ref: "#/components/schemas/svc.Tree" } } },
  });
});
