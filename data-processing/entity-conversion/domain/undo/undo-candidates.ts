import type { UndoneTarget } from "../../types.js";
import type { KnownReason } from "../reason-codes.js";
import type { LinkStep } from "./link-steps.js";

/** One target record of a conversion that is to be undone. */
export interface UndoItem {
  sourceKey: string;
  part: string;
  /** The step that is undone. */
  step: LinkStep;
  /** The link in force, where it is another one: converted again since. */
  current: LinkStep;
}

/** A record whose conversion is to be undone: all of its target records, or none. */
export interface UndoCandidate {
  sourceKey: string;
  items: UndoItem[];
  /** Fields of the source record that get back what they were. */
  sourceFields?: string[];
}

/** Whether a record can be tried, or what is known of it already. */
export type CandidateChoice =
  | { candidate: UndoCandidate }
  | { known: "undone" | "nothing" }
  | { refused: KnownReason };

/** Which conversion of a record is meant: a job's, or its latest one. */
export interface UndoMeaning {
  jobId?: string;
  undoId: string;
  force: boolean;
}

/** What there is to undo of a record, from its links, oldest first. */
export function chooseCandidate(
  sourceKey: string,
  steps: readonly LinkStep[],
  meaning: UndoMeaning,
): CandidateChoice {
  const inForce = steps.filter((step) => step.undoneBy === null);
  const items = meaning.jobId === undefined ? latestItems(inForce) : jobItems(inForce, meaning.jobId);
  if (items.length === 0) {
    return { known: steps.some((step) => step.undoneBy === meaning.undoId) ? "undone" : "nothing" };
  }
  const again = items.find(({ step, current }) => step !== current);
  if (again && !meaning.force) {
    return {
      refused: {
        code: "converted_again",
        message: `The record was converted again since, ${again.current.jobId ? `by the job ${again.current.jobId}` : "on its own"}: undo that first, or force it.`,
      },
    };
  }
  return { candidate: { sourceKey, items } };
}

/** The steps of each part, oldest first, the one in force last. */
function byPart(steps: readonly LinkStep[]): Map<string, LinkStep[]> {
  const parts = new Map<string, LinkStep[]>();
  for (const step of steps) parts.set(step.part, [...(parts.get(step.part) ?? []), step]);
  return parts;
}

function jobItems(steps: readonly LinkStep[], jobId: string): UndoItem[] {
  return [...byPart(steps)].flatMap(([part, list]) => {
    const step = list.findLast((each) => each.jobId === jobId);
    const current = list.at(-1);
    return step && current ? [{ sourceKey: step.sourceKey, part, step, current }] : [];
  });
}

/** Parts that were written together last. */
function latestItems(steps: readonly LinkStep[]): UndoItem[] {
  const current = steps.filter((step) => step.historyId === null);
  const latest = current.map((step) => step.at).reduce((a, b) => (a > b ? a : b), "");
  return current
    .filter((step) => step.at === latest)
    .map((step) => ({ sourceKey: step.sourceKey, part: step.part, step, current: step }));
}

/** What became of one record that was to be undone. */
export interface UndoOutcome {
  sourceRecordId: string;
  /** `undone`, also by an earlier try of the same job; `nothing` where it is undone already. */
  outcome: "undone" | "nothing" | "failed";
  reason?: KnownReason;
  ruleVersion?: number;
  jobId?: string;
  targets: UndoneTarget[];
  sourceFields?: string[];
}
