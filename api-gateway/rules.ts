import { api, type Header } from "encore.dev/api";
import { data_processing, event_management } from "~encore/clients";
import type {
  ActivateRuleRequest,
  CreateRuleRequest,
  ExportRulesRequest,
  ExportRulesResponse,
  GetRuleRequest,
  ImportLegacyRulesRequest,
  ImportLegacyRulesResponse,
  ImportRulesRequest,
  ImportRulesResponse,
  ListRulesRequest,
  ListRulesResponse,
  ListRuleVersionsRequest,
  ListRuleVersionsResponse,
  RetireRuleRequest,
  Rule,
  UpdateRuleRequest,
} from "../data-processing/entity-conversion/types.js";
import type { GetRuleStatisticsRequest, RuleStatistics } from "../event-management/processing/types.js";
import { matchesTag, preconditionFailed } from "./answers/preconditions.js";

interface UpdateRuleIfMatch extends UpdateRuleRequest {
  /** The rule's ETag, as a read of it gave: the change is refused with 412 where the rule has changed since. */
  ifMatch?: Header<"If-Match">;
}

interface ActivateRuleIfMatch extends ActivateRuleRequest {
  /** The rule's ETag, as a read of it gave: the change is refused with 412 where the rule has changed since. */
  ifMatch?: Header<"If-Match">;
}

interface RetireRuleIfMatch extends RetireRuleRequest {
  /** The rule's ETag, as a read of it gave: the change is refused with 412 where the rule has changed since. */
  ifMatch?: Header<"If-Match">;
}

/** Creates a conversion rule. A rule with problems is refused, with all of them in the details. */
export const createRule = api(
  { method: "POST", path: "/api/v1/conversion/rules", expose: true, auth: true },
  async (request: CreateRuleRequest): Promise<Rule> => data_processing.createRule(request),
);

/** The tenant's rules, newest first, each at its latest version. */
export const listRules = api(
  { method: "GET", path: "/api/v1/conversion/rules", expose: true, auth: true },
  async (request: ListRulesRequest): Promise<ListRulesResponse> => data_processing.listRules(request),
);

/** A rule at its latest version, or at the version asked for. */
export const getRule = api(
  { method: "GET", path: "/api/v1/conversion/rules/:ruleId", expose: true, auth: true },
  async (request: GetRuleRequest): Promise<Rule> => data_processing.getRule(request),
);

/** Gives a rule a new version; earlier ones stay as they are. `If-Match` takes the ETag under which it was read. */
export const updateRule = api(
  { method: "PUT", path: "/api/v1/conversion/rules/:ruleId", expose: true, auth: true },
  async ({ ifMatch, ...request }: UpdateRuleIfMatch): Promise<Rule> =>
    data_processing.updateRule({ ...request, ...(await revisionOf(request.ruleId, ifMatch)) }),
);

/** All versions of a rule, newest first. */
export const listRuleVersions = api(
  { method: "GET", path: "/api/v1/conversion/rules/:ruleId/versions", expose: true, auth: true },
  async (request: ListRuleVersionsRequest): Promise<ListRuleVersionsResponse> =>
    data_processing.listRuleVersions(request),
);

/**
 * Puts a draft to use, or a retired rule again. It is checked once more: one that no longer fits its entities is
 * refused with all problems. `If-Match` takes the ETag under which it was read.
 */
export const activateRule = api(
  { method: "POST", path: "/api/v1/conversion/rules/:ruleId/activate", expose: true, auth: true },
  async ({ ifMatch, ...request }: ActivateRuleIfMatch): Promise<Rule> =>
    data_processing.activateRule({ ...request, ...(await revisionOf(request.ruleId, ifMatch)) }),
);

/** Takes a rule out of use. `If-Match` takes the ETag under which it was read. */
export const retireRule = api(
  { method: "POST", path: "/api/v1/conversion/rules/:ruleId/retire", expose: true, auth: true },
  async ({ ifMatch, ...request }: RetireRuleIfMatch): Promise<Rule> =>
    data_processing.retireRule({ ...request, ...(await revisionOf(request.ruleId, ifMatch)) }),
);

/** The revision that a change must find, where `If-Match` is given. Throws where the rule is another by now. */
async function revisionOf(
  ruleId: string,
  ifMatch: string | undefined,
): Promise<{ expectedRevision?: number }> {
  if (ifMatch === undefined) return {};
  const rule = await data_processing.getRule({ ruleId });
  if (!matchesTag(ifMatch, rule)) throw preconditionFailed("rule");
  return { expectedRevision: rule.revision };
}

/**
 * The tenant's rules as a file that an import takes, at their latest versions, newest first. Its JSON Schema is at
 * `/api/v1/conversion/rules/schema.json`.
 */
export const exportRules = api(
  { method: "GET", path: "/api/v1/conversion/rules/export", expose: true, auth: true },
  async (request: ExportRulesRequest): Promise<ExportRulesResponse> => data_processing.exportRules(request),
);

/**
 * Takes rules from a file. Each is checked like a rule that is created, and the answer tells what became of it; one
 * that is refused keeps no other from being imported. With `dryRun` nothing is saved.
 */
export const importRules = api(
  { method: "POST", path: "/api/v1/conversion/rules/import", expose: true, auth: true },
  async (request: ImportRulesRequest): Promise<ImportRulesResponse> => data_processing.importRules(request),
);

/**
 * Makes rules of the rows of a legacy table of rules: source entity, target entity, and a field mapping as JSON. The
 * answer tells of each row what was taken, changed and refused, and why. With `dryRun` nothing is saved.
 */
export const importLegacyRules = api(
  { method: "POST", path: "/api/v1/conversion/rules/import-legacy", expose: true, auth: true },
  async (request: ImportLegacyRulesRequest): Promise<ImportLegacyRulesResponse> =>
    data_processing.importLegacyRules(request),
);

/** What became of the records that a rule was run on. */
export const getRuleStatistics = api(
  { method: "GET", path: "/api/v1/conversion/rules/:ruleId/statistics", expose: true, auth: true },
  async (request: GetRuleStatisticsRequest): Promise<RuleStatistics> =>
    event_management.getRuleStatistics(request),
);
