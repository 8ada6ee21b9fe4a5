import type { SourceTransaction } from "../../../sources/data-source.js";
import { isRecordError, postgresError } from "../../../sources/postgres-errors.js";
import type { UndoEffect, UndoneTarget } from "../../types.js";
import type { KnownReason } from "../reason-codes.js";
import {
  type LinkScope,
  type LinkStep,
  readSharers,
  readSteps,
  type SharedTarget,
  takeBackLinks,
} from "./link-steps.js";
import type { SourceImage, SourceUndo } from "./source-fields.js";
import {
  deleteTargets,
  type PresentRecord,
  readTargets,
  recreateTargets,
  restoreTargets,
  type TargetTable,
} from "./target-records.js";
import {
  chooseCandidate,
  type UndoCandidate,
  type UndoItem,
  type UndoMeaning,
  type UndoOutcome,
} from "./undo-candidates.js";
import { forcedMove, type Move, moveOf, type TargetState } from "./undo-moves.js";

/** Records that have to be undone together with those of a batch, because they share targets with them. */
const mostTogether = 20_000;

/** Restores what was written back to source records, within the transaction that undoes their targets. */
export interface SourceRestorer {
  /** What the records get back, and why they must not. */
  read(tx: SourceTransaction, undos: readonly SourceUndo[]): Promise<Map<string, SourceImage>>;
  /** Gives it back, or sees to it that it will be. */
  restore(tx: SourceTransaction, undos: readonly SourceUndo[]): Promise<void>;
}

export interface UndoWork extends UndoMeaning {
  scope: LinkScope;
  /** The table of a target entity. */
  tableOf(step: LinkStep): Promise<TargetTable>;
  /** Names of the rule's parts, each before those it refers to. */
  parts: readonly string[];
  /** What was written back to the source; undefined where nothing is to be restored there. */
  source?: SourceRestorer;
}

/**
 * Undoes conversions of records in the running transaction: each target record gets back what it was, or goes where
 * the conversion had made it, and the link before is in force again. A record of which something was changed since is
 * left as a whole, unless forced.
 *
 * Records that share a target are undone from the last one that wrote it backwards, round by round.
 */
export async function undoRecords(
  tx: SourceTransaction,
  work: UndoWork,
  sourceKeys: readonly string[],
): Promise<UndoOutcome[]> {
  const outcomes = new Map<string, UndoOutcome>();
  const pending = new Map<string, UndoCandidate>();
  await admit(tx, work, { sourceKeys, pending, outcomes });
  while (pending.size > 0) {
    const round = await planRound(tx, work, { pending, outcomes });
    if (round === "grown") continue;
    await applyRound(tx, work, { round, pending, outcomes });
  }
  return sourceKeys.flatMap((key) => outcomes.get(key) ?? []);
}

interface State {
  pending: Map<string, UndoCandidate>;
  outcomes: Map<string, UndoOutcome>;
}

/** Reads the links of records: what is to be undone becomes pending, for the rest the outcome is known. */
async function admit(
  tx: SourceTransaction,
  work: UndoWork,
  { sourceKeys, pending, outcomes }: State & { sourceKeys: readonly string[] },
): Promise<void> {
  const steps = Map.groupBy(await readSteps(tx, work.scope, sourceKeys), (step) => step.sourceKey);
  const chosen: UndoCandidate[] = [];
  for (const sourceKey of sourceKeys) {
    const choice = chooseCandidate(sourceKey, steps.get(sourceKey) ?? [], work);
    if ("candidate" in choice) chosen.push(choice.candidate);
    else if ("known" in choice)
      outcomes.set(sourceKey, { sourceRecordId: sourceKey, outcome: choice.known, targets: [] });
    else outcomes.set(sourceKey, failed(sourceKey, choice.refused));
  }
  const undos = chosen.map(({ items }) => sourceUndo(work, items));
  const images = await work.source?.read(tx, undos);
  for (const candidate of chosen) {
    const image = images?.get(candidate.sourceKey);
    if (image?.reason) outcomes.set(candidate.sourceKey, failed(candidate.sourceKey, image.reason));
    else pending.set(candidate.sourceKey, { ...candidate, sourceFields: image?.fields });
  }
}

/** The conversions of a record that are undone, as its source knows them: by their time. */
function sourceUndo({ undoId, force }: UndoWork, items: readonly UndoItem[]): SourceUndo {
  const since = items.map(({ step }) => step.at).reduce((a, b) => (a < b ? a : b));
  const until = items.map(({ current }) => current.at).reduce((a, b) => (a > b ? a : b));
  return { sourceKey: items[0]!.sourceKey, undoId, since, until, force };
}

/** The records that can be undone now, with what that means. Records that share targets with them are taken in first. */
async function planRound(
  tx: SourceTransaction,
  work: UndoWork,
  { pending, outcomes }: State,
): Promise<Map<string, Move[]> | "grown"> {
  const items = [...pending.values()].flatMap((candidate) => candidate.items);
  const present = await readPresent(tx, work, items);
  const sharers = Map.groupBy(
    await readSharers(
      tx,
      work.scope.tenantId,
      items.map(({ current }) => current),
    ),
    targetOf,
  );
  const others = (item: UndoItem): SharedTarget[] =>
    (sharers.get(targetOf(item.current)) ?? []).filter((sharer) => !isOwn(work, sharer, item.sourceKey));
  if (work.jobId !== undefined) {
    const more = [
      ...new Set(
        items
          .flatMap(others)
          .filter((sharer) => isOfRun(work, sharer))
          .map(({ sourceKey }) => sourceKey),
      ),
    ];
    const unknown = more.filter((key) => !pending.has(key) && !outcomes.has(key));
    if (unknown.length > 0 && pending.size + unknown.length <= mostTogether) {
      await admit(tx, work, { sourceKeys: unknown, pending, outcomes });
      return "grown";
    }
  }
  const stateOf = (item: UndoItem): TargetState => ({
    present: present.get(targetOf(item.current)),
    outside: others(item).some((sharer) => !(isOfRun(work, sharer) && pending.has(sharer.sourceKey))),
  });
  const round = new Map<string, Move[]>();
  const problems = new Map<string, KnownReason>();
  for (const [sourceKey, candidate] of pending) {
    const moves: Move[] = [];
    for (const item of candidate.items) {
      const move = moveOf(item, stateOf(item));
      if ("code" in move) problems.set(sourceKey, move);
      else moves.push(move);
    }
    if (moves.length === candidate.items.length) round.set(sourceKey, moves);
  }
  const asLeft = items.filter((item) => present.get(targetOf(item.current))?.hash === item.current.afterHash);
  holdBack(
    round,
    Map.groupBy(asLeft, ({ current }) => targetOf(current)),
  );
  if (round.size === 0) return lastResort(work, { pending, outcomes, problems, stateOf });
  // Who changes nothing goes first, should the round have to be done in parts.
  const changes = (moves: readonly Move[]) => Number(moves.some((move) => move.changes));
  return new Map([...round].sort(([, a], [, b]) => changes(a) - changes(b)));
}

/**
 * Who would change a target waits for those that find it as they left it too: all of those that change nothing, and
 * those that wrote it later.
 */
function holdBack(round: Map<string, Move[]>, asLeft: Map<string, UndoItem[]>): void {
  const waits = ({ item, changes }: Move): boolean =>
    changes &&
    (asLeft.get(targetOf(item.current)) ?? []).some((other) => {
      if (other.sourceKey === item.sourceKey) return false;
      const move = round.get(other.sourceKey)?.find((each) => each.item === other);
      return !move || (move.changes && isLater(other, item));
    });
  for (let held = true; held; ) {
    held = false;
    for (const [sourceKey, moves] of round) {
      if (!moves.some(waits)) continue;
      round.delete(sourceKey);
      held = true;
    }
  }
}

/** Whether the one was written after the other. Records of one batch are written in the order of their keys. */
function isLater(one: UndoItem, other: UndoItem): boolean {
  if (one.current.at !== other.current.at) return one.current.at > other.current.at;
  return one.sourceKey.localeCompare(other.sourceKey, "en", { numeric: true }) > 0;
}

/** Nothing more can be undone as it is: the rest has failed or, where forced, goes one by one. */
function lastResort(
  work: UndoWork,
  at: State & { problems: Map<string, KnownReason>; stateOf: (item: UndoItem) => TargetState },
): Map<string, Move[]> {
  const { pending, outcomes, problems, stateOf } = at;
  if (work.force) {
    const [sourceKey, candidate] = [...pending][0]!;
    const moves = candidate.items.map((item) => forcedMove(item, stateOf(item)));
    return new Map([[sourceKey, moves]]);
  }
  for (const sourceKey of pending.keys()) {
    const waiting: KnownReason = {
      code: "target_shared",
      message: "Another record that wrote the same target cannot be undone.",
    };
    outcomes.set(sourceKey, failed(sourceKey, problems.get(sourceKey) ?? waiting));
  }
  pending.clear();
  return new Map();
}

async function readPresent(
  tx: SourceTransaction,
  work: UndoWork,
  items: readonly UndoItem[],
): Promise<Map<string, PresentRecord>> {
  const found = new Map<string, PresentRecord>();
  for (const [targetEntity, group] of Map.groupBy(items, ({ current }) => current.targetEntity)) {
    const table = await work.tableOf(group[0]!.current);
    const keys = [...new Set(group.map(({ current }) => current.targetKey))];
    for (const [targetKey, record] of await readTargets(tx, table, keys))
      found.set(targetOf({ targetEntity, targetKey }), record);
  }
  return found;
}

/** Undoes the records of a round. Where the database refuses, it is done in ever smaller parts. */
async function applyRound(
  tx: SourceTransaction,
  work: UndoWork,
  { round, pending, outcomes }: State & { round: Map<string, Move[]> },
): Promise<void> {
  if (round.size === 0) return;
  try {
    await tx.savepoint((inner) => apply(inner, work, [...round.values()].flat()));
  } catch (error) {
    if (!isRecordError(error)) throw error;
    const [only] = round.keys();
    if (round.size === 1 && only !== undefined) {
      pending.delete(only);
      const message = `The target refuses: ${postgresError(error)?.message}.`;
      outcomes.set(only, failed(only, { code: "target_constraint", message }));
      return;
    }
    const half = new Map([...round].slice(0, Math.ceil(round.size / 2)));
    await applyRound(tx, work, { round: half, pending, outcomes });
    return;
  }
  for (const [sourceKey, moves] of round) {
    const sourceFields = pending.get(sourceKey)?.sourceFields;
    pending.delete(sourceKey);
    const { ruleVersion, jobId } = moves[0]!.item.step;
    outcomes.set(sourceKey, {
      sourceRecordId: sourceKey,
      outcome: "undone",
      ruleVersion,
      jobId: jobId ?? undefined,
      targets: moves.map(toTarget),
      sourceFields,
    });
  }
}

async function apply(tx: SourceTransaction, work: UndoWork, moves: readonly Move[]): Promise<void> {
  // Records go before those they refer to.
  for (const part of [...work.parts].reverse()) {
    const changing = moves.filter(({ item, changes }) => changes && item.part === part);
    for (const group of Map.groupBy(changing, ({ item }) => item.current.targetEntity).values()) {
      const table = await work.tableOf(group[0]!.item.current);
      const of = (effect: UndoEffect) =>
        group.filter((move) => move.effect === effect).map(({ item }) => item);
      const deleted = of("deleted").map(({ current }) => current.targetKey);
      if (deleted.length > 0) await deleteTargets(tx, table, deleted);
      const restored = of("restored").map(({ step, current }) => ({
        targetKey: current.targetKey,
        before: step.before ?? "{}",
      }));
      if (restored.length > 0) await restoreTargets(tx, table, restored);
      const recreated = of("recreated").map(({ step }) => step.before ?? "{}");
      if (recreated.length > 0) await recreateTargets(tx, table, recreated);
    }
  }
  const { undoId } = work;
  const links = moves.map(({ item: { sourceKey, part, step } }) => ({
    sourceKey,
    part,
    fromHistoryId: step.historyId,
    undoId,
  }));
  await takeBackLinks(tx, work.scope, links);
  const records = Map.groupBy(moves, ({ item }) => item.sourceKey).values();
  const undos = [...records].map((own) =>
    sourceUndo(
      work,
      own.map(({ item }) => item),
    ),
  );
  await work.source?.restore(tx, undos);
}

function toTarget({ item, effect }: Move): UndoneTarget {
  const { targetEntity, targetKey } = item.current;
  return {
    related: item.part === "" ? undefined : item.part,
    entity: targetEntity,
    targetRecordId: targetKey,
    effect,
  };
}

function failed(sourceRecordId: string, reason: KnownReason): UndoOutcome {
  return { sourceRecordId, outcome: "failed", reason, targets: [] };
}

function targetOf({ targetEntity, targetKey }: { targetEntity: string; targetKey: string }): string {
  return JSON.stringify([targetEntity, targetKey]);
}

/** The link is one of the same source record. */
function isOwn({ scope }: UndoWork, sharer: SharedTarget, sourceKey: string): boolean {
  return isOfRule(scope, sharer) && sharer.sourceKey === sourceKey;
}

/** The link is one of the run that is undone. */
function isOfRun({ scope, jobId }: UndoWork, sharer: SharedTarget): boolean {
  return isOfRule(scope, sharer) && jobId !== undefined && sharer.jobId === jobId;
}

function isOfRule(scope: LinkScope, sharer: SharedTarget): boolean {
  return sharer.ruleId === scope.ruleId && sharer.sourceEntity === scope.sourceEntity;
}
