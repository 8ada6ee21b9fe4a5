import { api } from "encore.dev/api";
import { data_processing } from "~encore/clients";
import type {
  AbortRolloutRequest,
  ChangeRolloutRequest,
  FinishRolloutRequest,
  GetRolloutRequest,
  RuleRollout,
  StartRolloutRequest,
} from "../data-processing/entity-conversion/types.js";

/** Lets the latest version of a rule take over from an earlier one for a share of the records. */
export const startRollout = api(
  { method: "POST", path: "/api/v1/conversion/rules/:ruleId/rollout", expose: true, auth: true },
  async (request: StartRolloutRequest): Promise<RuleRollout> => data_processing.startRollout(request),
);

/** The rollout of a rule's latest version, also one that has ended. */
export const getRollout = api(
  { method: "GET", path: "/api/v1/conversion/rules/:ruleId/rollout", expose: true, auth: true },
  async (request: GetRolloutRequest): Promise<RuleRollout> => data_processing.getRollout(request),
);

/** Gives the new version another share of the records. */
export const changeRollout = api(
  { method: "PATCH", path: "/api/v1/conversion/rules/:ruleId/rollout", expose: true, auth: true },
  async (request: ChangeRolloutRequest): Promise<RuleRollout> => data_processing.changeRollout(request),
);

/** Ends a rollout: the new version converts all records from now on. */
export const finishRollout = api(
  { method: "POST", path: "/api/v1/conversion/rules/:ruleId/rollout/finish", expose: true, auth: true },
  async (request: FinishRolloutRequest): Promise<RuleRollout> => data_processing.finishRollout(request),
);

/** Ends a rollout: the old version converts all records again. */
export const abortRollout = api(
  { method: "POST", path: "/api/v1/conversion/rules/:ruleId/rollout/abort", expose: true, auth: true },
  async (request: AbortRolloutRequest): Promise<RuleRollout> => data_processing.abortRollout(request),
);
