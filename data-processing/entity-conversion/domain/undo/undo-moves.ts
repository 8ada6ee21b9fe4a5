import type { UndoEffect } from "../../types.js";
import type { KnownReason } from "../reason-codes.js";
import type { PresentRecord } from "./target-records.js";
import type { UndoItem } from "./undo-candidates.js";

/** How a target record is now. */
export interface TargetState {
  present: PresentRecord | undefined;
  /** Records that are not undone with this one are linked with it too. */
  outside: boolean;
}

/** What is to be done to a target record. */
export interface Move {
  item: UndoItem;
  effect: UndoEffect;
  /** The target record changes by it. */
  changes: boolean;
}

/** What undoing does to a target record, or why it must not be touched. */
export function moveOf(item: UndoItem, at: TargetState): Move | KnownReason {
  const { step, current } = item;
  if (!at.present) {
    if (step.action === "create") return { item, effect: "gone", changes: false };
    return {
      code: "target_changed",
      message: `The record "${current.targetKey}" of "${current.targetEntity}" was deleted since.`,
    };
  }
  if (at.present.hash !== current.afterHash || step !== current) {
    return {
      code: "target_changed",
      message: `The record "${current.targetKey}" of "${current.targetEntity}" was changed since.`,
    };
  }
  if (step.action === "update" && step.before === at.present.json)
    return { item, effect: "restored", changes: false };
  if (at.outside) {
    if (item.part !== "") return { item, effect: "kept", changes: false };
    return {
      code: "target_shared",
      message: `Other conversions use the record "${current.targetKey}" of "${current.targetEntity}" too.`,
    };
  }
  return { item, effect: step.action === "create" ? "deleted" : "restored", changes: true };
}

/** What undoing does to a target record whatever became of it since. */
export function forcedMove(item: UndoItem, { present, outside }: TargetState): Move {
  if (item.part !== "" && outside) return { item, effect: "kept", changes: false };
  if (item.step.action === "create") return { item, effect: present ? "deleted" : "gone", changes: true };
  return { item, effect: present ? "restored" : "recreated", changes: true };
}
