import type {
  CreateRuleRequest,
  ExecuteConversionRequest,
  PreviewConversionRequest,
  RuleDefinitionInput,
} from "../../../data-processing/entity-conversion/types.js";

const definition = {
  name: "Leads to contacts",
  source: { dataSource: "crm", entity: "leads" },
  target: { entity: "contacts" },
  naturalKey: ["email"],
  mergePolicy: "fill-empty",
  when: "record.status == 'qualified'",
  mappings: [
    { target: "email", column: "email" },
    { target: "full_name", expression: "trim(record.first_name + ' ' + record.last_name)" },
    { target: "origin", constant: "lead" },
    {
      target: "company",
      lookup: {
        entity: "companies",
        matchColumn: "id",
        equals: "record.company_id",
        valueColumn: "name",
        onMiss: "null",
      },
    },
  ],
  trigger: { mode: "manual" },
} satisfies RuleDefinitionInput;

const savedDefinition = {
  ...definition,
  target: { dataSource: "workspace", entity: "contacts" },
};

const rule = {
  id: "0199f1a2-6c1e-7b3a-9f10-2d5c8a41e7b0",
  version: 1,
  latestVersion: 1,
  revision: 1,
  state: "active",
  definition: savedDefinition,
  createdBy: "0199f19d-8a02-7f61-b3aa-90cc1f2b7d44",
  createdAt: "2026-11-21T09:30:00.000Z",
  versionCreatedBy: "0199f19d-8a02-7f61-b3aa-90cc1f2b7d44",
  versionCreatedAt: "2026-11-21T09:30:00.000Z",
};

/** Examples told by hand, by the endpoint's name. The others are composed from the schema. */
export const operationExamples: Record<string, { request?: unknown; response?: unknown }> = {
  createRule: {
    request: { definition } satisfies CreateRuleRequest,
    response: rule,
  },
  updateRule: {
    request: { definition, expectedVersion: 1 },
    response: { ...rule, version: 2, latestVersion: 2 },
  },
  getRule: { response: rule },
  activateRule: { response: rule },
  retireRule: { response: { ...rule, state: "retired" } },
  previewConversion: {
    request: { ruleId: rule.id, sourceRecordId: "lead-1042" } satisfies PreviewConversionRequest,
    response: {
      outcome: "converted",
      action: "create",
      sourceRecord: { id: "lead-1042", first_name: "Ada", last_name: "Lovelace", email: "ada@example.com" },
      fields: [{ field: "full_name", before: null, after: "Ada Lovelace", changed: true }],
    },
  },
  executeConversion: {
    request: { ruleId: rule.id, sourceRecordId: "lead-1042" } satisfies ExecuteConversionRequest,
    response: {
      outcome: "converted",
      action: "create",
      ruleId: rule.id,
      ruleVersion: 1,
      sourceRecordId: "lead-1042",
      targetRecordId: "contact-77",
      values: { full_name: "Ada Lovelace", email: "ada@example.com", origin: "lead" },
    },
  },
  evaluateExpression: {
    request: { expression: "upper(record.name)", record: { name: "ada" } },
    response: { valid: true, type: "string", value: "ADA", translatable: true },
  },
  createWorkspaceEntity: {
    request: {
      name: "contacts",
      fields: [
        { name: "id", type: "text", required: true },
        { name: "email", type: "text", unique: true },
        { name: "full_name", type: "text" },
      ],
      primaryKey: ["id"],
    },
  },
};
