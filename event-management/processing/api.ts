import { api } from "encore.dev/api";
import { data_processing, tenant_management } from "~encore/clients";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import * as triggers from "./domain/check-triggers.js";
import * as statistics from "./domain/rule-statistics.js";
import type {
  CheckTriggersRequest,
  CheckTriggersResponse,
  GetRuleStatisticsRequest,
  RuleStatistics,
} from "./types.js";

/** Starts the automatic conversions of a record that was made or changed. */
export const checkTriggers = api(
  { method: "POST", path: "/triggers/check", expose: false, auth: true },
  async (request: CheckTriggersRequest): Promise<CheckTriggersResponse> => {
    const { tenantId } = requireIdentity();
    const { status, conversion: settings } = await tenant_management.getTenantPolicy({ tenantId });
    const automaticConversion = status === "active" && settings.automaticConversion;
    if (!automaticConversion) return { automaticConversion, rules: [] };
    const conversion: triggers.Conversion = {
      listRules: (query) => data_processing.listRules(query),
      evaluateExpression: (query) => data_processing.evaluateExpression(query),
      executeConversion: (execution) => data_processing.executeConversion(execution),
    };
    return { automaticConversion, rules: await triggers.checkTriggers(conversion, request) };
  },
);

/** What became of the records that a rule was run on. */
export const getRuleStatistics = api(
  { method: "GET", path: "/statistics/rules/:ruleId", expose: false, auth: true },
  async (request: GetRuleStatisticsRequest): Promise<RuleStatistics> => {
    const { tenantId } = requireIdentity();
    return await statistics.getRuleStatistics(db, tenantId, request.ruleId);
  },
);
