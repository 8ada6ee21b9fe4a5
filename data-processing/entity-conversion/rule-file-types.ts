import type { JsonValue } from "../../shared/json.js";
import type { RuleDefinitionInput, RuleProblem } from "./rule-types.js";

/** A rule as a file carries it. */
export interface RuleFileEntry {
  /** The rule's id where it was exported: an import into the same tenant finds the rule by it, else by its name. */
  id?: string;
  /** `draft` by default. Retired rules are not imported. */
  state?: "draft" | "active" | "retired";
  /** The version that was exported; for readers, not used by an import. */
  version?: number;
  definition: RuleDefinitionInput;
}

/** Rules as JSON, as an export gives and an import takes them. */
export interface RuleFile {
  format: "axion-rules";
  /** Version of this format. */
  formatVersion: 1;
  exportedAt?: Date;
  /** At most 200 in an import. */
  rules: RuleFileEntry[];
}

export interface ExportRulesRequest {
  state?: "draft" | "active" | "retired";
  sourceEntity?: string;
  targetEntity?: string;
  /** 1 to 200; 200 by default. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** A file of rules, or a part of one: rules of several pages make one file. */
export interface ExportRulesResponse extends RuleFile {
  /** Absent on the last page. */
  nextCursor?: string;
}

export interface ImportRulesRequest {
  file: RuleFile;
  /** Checks everything and tells what would happen; nothing is saved. */
  dryRun?: boolean;
  /** What happens to a rule that is there already with another definition: it gets a new version (default), or stays. */
  existing?: "update" | "skip";
}

/** What became of a rule of a file: `refused` ones have problems, of `skipped` ones the note says why. */
export type RuleImportAction = "created" | "updated" | "unchanged" | "skipped" | "refused";

export interface ImportedRule {
  /** Place in the file, from 0. */
  index: number;
  name: string;
  action: RuleImportAction;
  /** Absent where nothing was saved. */
  ruleId?: string;
  version?: number;
  note?: string;
  /** Paths are those in the rule's definition. */
  problems: RuleProblem[];
}

/** How many rules of an import came to what. */
export interface RuleImportCounts {
  created: number;
  updated: number;
  unchanged: number;
  skipped: number;
  refused: number;
}

/** A rule that is refused keeps no other from being imported. */
export interface ImportRulesResponse {
  dryRun: boolean;
  counts: RuleImportCounts;
  rules: ImportedRule[];
}

/** A table that holds legacy rules. */
export interface LegacyRuleTable {
  /** `workspace` by default. */
  dataSource?: string;
  entity: string;
}

export interface ImportLegacyRulesRequest {
  /**
   * Rows of the old table of rules. Known columns, in snake_case or camelCase: `id`, `name`, `description`,
   * `source_entity`, `target_entity`, `field_mapping(s)`, `conditions`, `natural_key`, `is_active`, `auto_convert`,
   * `trigger_type`.
   */
  rows?: JsonValue[];
  /** Or the table itself, of which at most 200 rows are read. */
  table?: LegacyRuleTable;
  /** Data source of the rules' source entities; `workspace` by default. */
  sourceDataSource?: string;
  /** Data source of the rules' target entities; `workspace` by default. */
  targetDataSource?: string;
  /** State of rules whose row says that they are active; `draft` by default. Others become drafts. */
  state?: "draft" | "active";
  /** Checks everything and tells what would happen; nothing is saved. */
  dryRun?: boolean;
}

/** What became of one part of a legacy rule. */
export interface LegacyRuleNote {
  /** Column of the row and place in it, e.g. `field_mappings.full_name`. */
  path: string;
  /** `taken` as it was, `changed` into something that means the same, or `refused`: left out. */
  outcome: "taken" | "changed" | "refused";
  message: string;
}

export interface ImportedLegacyRule {
  /** Place among the rows, from 0. */
  index: number;
  name: string;
  /** `refused` where no rule could be made of it, `unchanged` where the row was imported before. */
  action: "created" | "unchanged" | "refused";
  /** Absent where nothing was saved. */
  ruleId?: string;
  notes: LegacyRuleNote[];
  problems: RuleProblem[];
  /** The rule that was made of the row, or what there is of it. */
  definition?: RuleDefinitionInput;
}

export interface ImportLegacyRulesResponse {
  dryRun: boolean;
  counts: RuleImportCounts;
  rules: ImportedLegacyRule[];
}
