import { expect, it } from "vitest";
import { entitiesOf, sameEntity } from "./rule-entities.js";

it("finds the entities of lookups and nested parts, with the data sources that they may mean", () => {
  const definition = {
    source: { dataSource: "crm", entity: "leads" },
    target: { dataSource: "workspace", entity: "customers" },
    mappings: [
      { target: "country", lookup: { entity: "countries", matchColumn: "code" } },
      { target: "owner", lookup: { dataSource: "hr", entity: "people" } },
    ],
    related: [{ name: "contact", target: { dataSource: "workspace", entity: "contacts" } }],
  };
  expect(entitiesOf(definition)).toEqual([
    { dataSource: "crm", entity: "leads" },
    { dataSource: "workspace", entity: "customers" },
    { dataSource: "crm", entity: "countries" },
    { dataSource: "workspace", entity: "countries" },
    { dataSource: "hr", entity: "people" },
    { dataSource: "workspace", entity: "contacts" },
  ]);
});

it("knows an entity by another spelling, and another source's entity of the same name", () => {
  const leads = { dataSource: "crm", entity: "leads" };
  expect(sameEntity(leads, { dataSource: "crm", entity: 'public."leads"' })).toBe(true);
  expect(sameEntity(leads, { dataSource: "erp", entity: "leads" })).toBe(false);
  expect(sameEntity(leads, { dataSource: "crm", entity: "Leads" })).toBe(false);
});
