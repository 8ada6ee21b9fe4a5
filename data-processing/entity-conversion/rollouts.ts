import { api } from "encore.dev/api";
import { requireIdentity } from "../../shared/tenancy/identity.js";
import { db } from "../db.js";
import * as rollouts from "./domain/change-rollout.js";
import type {
  AbortRolloutRequest,
  ChangeRolloutRequest,
  FinishRolloutRequest,
  GetRolloutRequest,
  RuleRollout,
  StartRolloutRequest,
} from "./types.js";

/** Lets the latest version of a rule take over for a share of the records. */
export const startRollout = api(
  { method: "POST", path: "/conversion/rules/:ruleId/rollout", expose: false, auth: true },
  async (request: StartRolloutRequest): Promise<RuleRollout> =>
    await rollouts.startRollout(db, requireIdentity(), request),
);

/** The rollout of a rule's latest version. */
export const getRollout = api(
  { method: "GET", path: "/conversion/rules/:ruleId/rollout", expose: false, auth: true },
  async (request: GetRolloutRequest): Promise<RuleRollout> =>
    await rollouts.getRollout(db, requireIdentity().tenantId, request.ruleId),
);

/** Gives the new version another share of the records. */
export const changeRollout = api(
  { method: "PATCH", path: "/conversion/rules/:ruleId/rollout", expose: false, auth: true },
  async (request: ChangeRolloutRequest): Promise<RuleRollout> =>
    await rollouts.changeRollout(db, requireIdentity(), request),
);

/** Ends a rollout: the new version converts all records. */
export const finishRollout = api(
  { method: "POST", path: "/conversion/rules/:ruleId/rollout/finish", expose: false, auth: true },
  async (request: FinishRolloutRequest): Promise<RuleRollout> =>
    await rollouts.finishRollout(db, requireIdentity(), request.ruleId),
);

/** Ends a rollout: the old version converts all records again, as the rule's latest one under a new number. */
export const abortRollout = api(
  { method: "POST", path: "/conversion/rules/:ruleId/rollout/abort", expose: false, auth: true },
  async (request: AbortRolloutRequest): Promise<RuleRollout> =>
    await rollouts.abortRollout(db, requireIdentity(), request.ruleId),
);
