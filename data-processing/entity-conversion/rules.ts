import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import { db } from "../db.js";
import { openWorkspace } from "../sources/open-source.js";
import { tenantPolicies } from "../tenants/policies.js";
import { followChangedRule } from "../triggers/domain/follow-rules.js";
import * as states from "./domain/change-rule-state.js";
import * as legacy from "./domain/legacy-rules/import-legacy-rules.js";
import * as lists from "./domain/list-rules.js";
import { findRule, toRule } from "./domain/rule-rows.js";
import * as saving from "./domain/save-rule.js";
import * as transfer from "./domain/transfer-rules.js";
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
} from "./types.js";
import { ruleWorld } from "./world.js";

/** Creates a rule, checked against the live schemas of its entities. `invalid_argument` lists every problem. */
export const createRule = api(
  { method: "POST", path: "/conversion/rules", expose: false, auth: true },
  async (request: CreateRuleRequest): Promise<Rule> => {
    const actor = requireIdentity();
    const { limits } = await tenantPolicies.get(actor.tenantId);
    const limited = { ...request, mostRules: limits.rules };
    const rule = await saving.createRule(db, ruleWorld(actor, { fresh: true }), actor, limited);
    return await followChangedRule(db, openWorkspace, actor.tenantId, rule);
  },
);

/** The tenant's rules at their latest versions, newest first. */
export const listRules = api(
  { method: "GET", path: "/conversion/rules", expose: false, auth: true },
  async (request: ListRulesRequest): Promise<ListRulesResponse> =>
    await lists.listRules(db, requireIdentity().tenantId, request),
);

/** A rule at its latest version, or at the one asked for. */
export const getRule = api(
  { method: "GET", path: "/conversion/rules/:ruleId", expose: false, auth: true },
  async (request: GetRuleRequest): Promise<Rule> => {
    const { tenantId } = requireIdentity();
    return toRule(
      await withTenant(db, tenantId, (tx) => findRule(tx, tenantId, request.ruleId, request.version)),
    );
  },
);

/** Gives a rule a new version; earlier ones stay as they are. */
export const updateRule = api(
  { method: "PUT", path: "/conversion/rules/:ruleId", expose: false, auth: true },
  async (request: UpdateRuleRequest): Promise<Rule> => {
    const actor = requireIdentity();
    const rule = await saving.updateRule(db, ruleWorld(actor, { fresh: true }), actor, request);
    return await followChangedRule(db, openWorkspace, actor.tenantId, rule);
  },
);

/** All versions of a rule, newest first. */
export const listRuleVersions = api(
  { method: "GET", path: "/conversion/rules/:ruleId/versions", expose: false, auth: true },
  async (request: ListRuleVersionsRequest): Promise<ListRuleVersionsResponse> =>
    await lists.listRuleVersions(db, requireIdentity().tenantId, request),
);

/** Puts a draft to use, or a retired rule again, checked once more. `invalid_argument` lists every problem. */
export const activateRule = api(
  { method: "POST", path: "/conversion/rules/:ruleId/activate", expose: false, auth: true },
  async (request: ActivateRuleRequest): Promise<Rule> => {
    const actor = requireIdentity();
    const { limits } = await tenantPolicies.get(actor.tenantId);
    const limited = { ...request, mostRules: limits.rules };
    const rule = await states.activateRule(db, ruleWorld(actor, { fresh: true }), actor, limited);
    return await followChangedRule(db, openWorkspace, actor.tenantId, rule);
  },
);

/** Takes a rule out of use. Its versions stay readable. */
export const retireRule = api(
  { method: "POST", path: "/conversion/rules/:ruleId/retire", expose: false, auth: true },
  async (request: RetireRuleRequest): Promise<Rule> => {
    const actor = requireIdentity();
    const rule = await states.retireRule(db, actor, request);
    return await followChangedRule(db, openWorkspace, actor.tenantId, rule);
  },
);

/** The tenant's rules as a file that an import takes, at their latest versions, newest first. */
export const exportRules = api(
  { method: "GET", path: "/conversion/rules/export", expose: false, auth: true },
  async (request: ExportRulesRequest): Promise<ExportRulesResponse> =>
    await transfer.exportRules(db, requireIdentity().tenantId, request),
);

/** Takes rules from a file, and tells of each what became of it. */
export const importRules = api(
  { method: "POST", path: "/conversion/rules/import", expose: false, auth: true },
  async (request: ImportRulesRequest): Promise<ImportRulesResponse> => {
    const actor = requireIdentity();
    const { limits } = await tenantPolicies.get(actor.tenantId);
    const limited = { ...request, mostRules: limits.rules };
    return await transfer.importRules(db, ruleWorld(actor, { fresh: true }), actor, limited);
  },
);

/** Makes rules of the rows of a legacy table of rules, and tells what was taken, changed and refused, and why. */
export const importLegacyRules = api(
  { method: "POST", path: "/conversion/rules/import-legacy", expose: false, auth: true },
  async (request: ImportLegacyRulesRequest): Promise<ImportLegacyRulesResponse> => {
    const actor = requireIdentity();
    const { limits } = await tenantPolicies.get(actor.tenantId);
    const limited = { ...request, mostRules: limits.rules };
    return await legacy.importLegacyRules(db, ruleWorld(actor, { fresh: true }), actor, limited);
  },
);
