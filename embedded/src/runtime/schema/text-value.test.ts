import { expect, it } from "vitest";
import type { TypeSchema } from "../../model/app-model.js";
import { compileTextDecoder } from "./text-value.js";

const json: TypeSchema = { kind: "ref", type: "JsonValue" };
const types = {
  JsonValue: {
    id: "JsonValue",
    name: "JsonValue",
    file: "shared/json.ts",
    type: {
      kind: "union" as const,
      members: [
        { kind: "basic" as const, type: "number" as const },
        { kind: "basic" as const, type: "string" as const },
        { kind: "array" as const, element: json },
        { kind: "map" as const, value: json },
      ],
    },
  },
};

it("decodes a text whose type holds itself", () => {
  const decode = compileTextDecoder(json, types, "query");
  expect([decode("7"), decode("seven")]).toEqual([7, "seven"]);
});
