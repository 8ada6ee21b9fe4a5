import { api } from "encore.dev/api";
import { data_processing, event_management } from "~encore/clients";
import type {
  CreateRuleRequest,
  GetRuleRequest,
  ListRulesRequest,
  ListRulesResponse,
  ListRuleVersionsRequest,
  ListRuleVersionsResponse,
  RetireRuleRequest,
  Rule,
  UpdateRuleRequest,
} from "../data-processing/entity-conversion/types.js";
import type { GetRuleStatisticsRequest, RuleStatistics } from "../event-management/processing/types.js";

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

/** Gives a rule a new version; earlier ones stay as they are. */
export const updateRule = api(
  { method: "PUT", path: "/api/v1/conversion/rules/:ruleId", expose: true, auth: true },
  async (request: UpdateRuleRequest): Promise<Rule> => data_processing.updateRule(request),
);

/** All versions of a rule, newest first. */
export const listRuleVersions = api(
  { method: "GET", path: "/api/v1/conversion/rules/:ruleId/versions", expose: true, auth: true },
  async (request: ListRuleVersionsRequest): Promise<ListRuleVersionsResponse> =>
    data_processing.listRuleVersions(request),
);

/** Takes a rule out of use. */
export const retireRule = api(
  { method: "POST", path: "/api/v1/conversion/rules/:ruleId/retire", expose: true, auth: true },
  async (request: RetireRuleRequest): Promise<Rule> => data_processing.retireRule(request),
);

/** What became of the records that a rule was run on. */
export const getRuleStatistics = api(
  { method: "GET", path: "/api/v1/conversion/rules/:ruleId/statistics", expose: true, auth: true },
  async (request: GetRuleStatisticsRequest): Promise<RuleStatistics> =>
    event_management.getRuleStatistics(request),
);
