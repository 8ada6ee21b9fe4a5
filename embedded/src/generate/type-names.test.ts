import { expect, test } from "vitest";
import type { AppModel, NamedType, TypeSchema } from "../model/app-model.js";
import { identifier, nameTypes } from "./type-names.js";

const text: TypeSchema = { kind: "basic", type: "string" };
const number: TypeSchema = { kind: "basic", type: "number" };

function names(types: [file: string, name: string, type: TypeSchema][], taken: string[] = []): string[] {
  const all = types.map(([file, name, type], index): NamedType => ({ id: String(index), name, file, type }));
  const model = { types: Object.fromEntries(all.map((type) => [type.id, type])) } as unknown as AppModel;
  const result = nameTypes(model, Object.keys(model.types), ({ name }) => taken.includes(name));
  return [...result.values()].map(({ namespace, name }) => `${namespace}.${name}`);
}

test("a namespace is the folder of the file", () => {
  expect(
    names([
      ["svc/a/types.ts", "Item", text],
      ["root.ts", "Item", text],
    ]),
  ).toEqual(["a.Item", "root.Item"]);
});

test("different types that would meet are told apart by more of their paths", () => {
  expect(
    names([
      ["a/types/x.ts", "Item", text],
      ["b/types/y.ts", "Item", number],
    ]),
  ).toEqual(["a_types.Item", "b_types.Item"]);
  expect(
    names([
      ["svc/x.ts", "Item", text],
      ["svc/y.ts", "Item", number],
    ]),
  ).toEqual(["svc_x.Item", "svc_y.Item"]);
});

test("types that are alike share a name, and one file's namesakes are numbered", () => {
  expect(
    names([
      ["svc/x.ts", "Item", text],
      ["svc/y.ts", "Item", text],
    ]),
  ).toEqual(["svc.Item", "svc.Item"]);
  expect(
    names([
      ["svc/x.ts", "Item", text],
      ["svc/x.ts", "Item", number],
    ]),
  ).toEqual(["svc_x.Item", "svc_x.Item2"]);
});

test("names that the generated code uses itself are avoided", () => {
  expect(names([["svc/x.ts", "Promise", text]], ["Promise"])).toEqual(["svc_x.Promise"]);
  expect([identifier("class"), identifier("my-folder"), identifier("2nd")]).toEqual([
    "class_",
    "my_folder",
    "_2nd",
  ]);
});
