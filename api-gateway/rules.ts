import { api, type Header } from "encore.dev/api";
import { data_processing, event_management } from "~encore/clients";
import type {
  ActivateRuleRequest,
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

/** What became of the records that a rule was run on. */
export const getRuleStatistics = api(
  { method: "GET", path: "/api/v1/conversion/rules/:ruleId/statistics", expose: true, auth: true },
  async (request: GetRuleStatisticsRequest): Promise<RuleStatistics> =>
    event_management.getRuleStatistics(request),
);
