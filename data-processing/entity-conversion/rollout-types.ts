/** `running`: both versions are in use. `finished`: the new one is, for all records. `aborted`: the old one is. */
export type RolloutState = "running" | "finished" | "aborted";

/** A version of a rule that takes over from an earlier one gradually. */
export interface RuleRollout {
  ruleId: string;
  oldVersion: number;
  newVersion: number;
  /** Records of a hundred that go by the new version: always the same ones, by a digest of their keys. */
  percent: number;
  state: RolloutState;
  startedBy: string;
  startedAt: Date;
  changedBy: string;
  changedAt: Date;
}

export interface StartRolloutRequest {
  ruleId: string;
  /** The version to take over from; the one before the latest by default. The latest one takes over. */
  oldVersion?: number;
  /** 0 to 100. */
  percent: number;
}

export interface GetRolloutRequest {
  ruleId: string;
}

export interface ChangeRolloutRequest {
  ruleId: string;
  /** 0 to 100. */
  percent: number;
}

export interface FinishRolloutRequest {
  ruleId: string;
}

export interface AbortRolloutRequest {
  ruleId: string;
}
