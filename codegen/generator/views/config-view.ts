import type { ConfigRule, Feature } from "../emit/features/feature.js";
import { quoted } from "./casing.js";

/** Schemas that entries refer to by name; `config.ts` has those that are used. */
const schemas = {
  port: "v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(1), v.maxValue(65_535))",
  milliseconds: "v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(0), v.maxValue(3_600_000))",
  count: "v.pipe(v.string(), v.transform(Number), v.integer(), v.minValue(1), v.maxValue(1000))",
  address: "v.pipe(v.string(), v.url())",
};

export interface ConfigView {
  rules: ConfigRule[];
  schemas: { name: string; text: string }[];
  entries: { name: string; schema: string; description: string }[];
}

/** How `config.ts` reads the environment. */
export function configView({ config, configRules }: Required<Feature>): ConfigView {
  return {
    rules: configRules,
    schemas: Object.entries(schemas)
      .filter(([name]) => config.some(({ schema }) => new RegExp(`\\b${name}\\b`).test(schema)))
      .map(([name, text]) => ({ name, text })),
    entries: config.map(({ name, schema, description, default: otherwise, optional = false }) => ({
      name,
      description,
      schema:
        otherwise === undefined
          ? optional
            ? `v.optional(${schema})`
            : schema
          : `v.optional(${schema}, ${quoted(otherwise)})`,
    })),
  };
}
