import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { projectModelJsonSchema } from "./json-schema.js";

describe("the JSON Schema of project models", () => {
  it("is up to date, renewed by `npm run generate`", async () => {
    const text = `${JSON.stringify(projectModelJsonSchema(), null, 1)}\n`;
    await expect(text).toMatchFileSnapshot("../../../docs/project-model.schema.json");
  });

  it("tells a model from what is none", () => {
    const isValid = new Ajv2020({ strict: false, validateFormats: false }).compile(projectModelJsonSchema());
    const orders = { name: "orders", port: 4001, dependsOn: ["stock", { service: "users" }] };
    expect(isValid({ services: [orders] })).toBe(true);
    for (const wrong of [
      {},
      { services: [{ ...orders, port: "4001" }] },
      { services: [{ ...orders, name: "Orders" }] },
      { services: [orders], gateways: [] },
    ])
      expect(isValid(wrong)).toBe(false);
  });
});
