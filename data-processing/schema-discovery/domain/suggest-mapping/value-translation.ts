import { fieldReference } from "../../../entity-conversion/domain/field-types.js";
import type { DescribedField } from "./score-pairs.js";
import { spellingSimilarity } from "./words.js";

const mostValues = 12;
const leastSamples = 10;
const longestState = 40;
const leastSimilarity = 0.7;

/** Values that mean the same in many systems. */
const synonyms: string[][] = [
  ["male", "m", "man", "м", "муж", "мужской", "männlich"],
  ["female", "f", "woman", "w", "ж", "жен", "женский", "weiblich"],
  ["active", "enabled", "enable", "on", "активен", "действующая", "действует", "aktiv"],
  ["inactive", "disabled", "disable", "off", "неактивен", "ликвидирована", "inaktiv"],
  ["new", "open", "opened", "новый", "новая", "todo", "to do", "neu"],
  ["in progress", "processing", "working", "в работе", "in process", "started"],
  [
    "done",
    "closed",
    "completed",
    "complete",
    "solved",
    "finished",
    "fulfilled",
    "завершен",
    "выполнен",
    "closed won",
  ],
  ["cancelled", "canceled", "void", "отменен", "closed lost", "lost"],
  ["paid", "оплачен", "bezahlt"],
  ["pending", "waiting", "on hold", "ожидает"],
  ["refunded", "возврат"],
  ["draft", "черновик", "entwurf"],
  ["yes", "y", "true", "1", "да", "ja"],
  ["no", "n", "false", "0", "нет", "nein"],
  ["high", "высокий", "hoch"],
  ["medium", "normal", "средний", "mittel"],
  ["low", "низкий", "niedrig"],
];
const meaning = new Map(synonyms.flatMap((group, at) => group.map((word) => [word, at] as const)));

/**
 * An expression that translates the states of a source field to those of a target field, where both have few and the
 * target knows other ones. Undefined where a copy does, or where less than half of the states have a counterpart.
 */
export function translateValues(
  from: DescribedField,
  to: DescribedField,
): { expression: string; explanation: string } | undefined {
  if (from.column.kind !== "string" || to.column.kind !== "string") return undefined;
  const source = statesOf(from);
  const target = statesOf(to);
  if (!source || !target || source.every((state) => target.includes(state))) return undefined;
  const ref = fieldReference(from.column.field.name);
  for (const change of ["lower", "upper"] as const) {
    const changed = source.map((state) => (change === "lower" ? state.toLowerCase() : state.toUpperCase()));
    if (changed.every((state) => target.includes(state))) {
      return { expression: `${change}(${ref})`, explanation: `writes the values in ${change} case` };
    }
  }
  const pairs = source
    .map((state) => [state, counterpart(state, target)] as const)
    .filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  if (pairs.length * 2 < source.length) return undefined;
  const missing = source.filter((state) => !pairs.some(([known]) => known === state));
  const choice = pairs.map(
    ([state, other]) => `${ref} == ${JSON.stringify(state)} ? ${JSON.stringify(other)} : `,
  );
  return {
    expression: `${choice.join("")}null`,
    explanation:
      missing.length === 0
        ? "translates the values"
        : `translates the values; none found for ${missing.join(", ")}`,
  };
}

/** The states of a field: the only ones that it may have, or its sampled values where they are few and repeat. */
function statesOf({ allowed, values }: DescribedField): string[] | undefined {
  if (allowed) return allowed.slice(0, mostValues);
  if (!values || values.texts.length < leastSamples || values.distinct.size > mostValues) return undefined;
  if (values.distinctness > 0.4 || values.meanLength > longestState) return undefined;
  return [...new Set(values.texts)].sort();
}

function counterpart(state: string, target: string[]): string | undefined {
  let best: string | undefined;
  let bestScore = leastSimilarity;
  for (const other of target) {
    const score = stateSimilarity(state, other);
    if (score > bestScore) [best, bestScore] = [other, score];
  }
  return best;
}

function stateSimilarity(left: string, right: string): number {
  const [a, b] = [plain(left), plain(right)];
  if (a === b) return 1;
  const group = meaning.get(a);
  if (group !== undefined && group === meaning.get(b)) return 0.95;
  return group !== undefined && meaning.has(b) ? 0 : spellingSimilarity(a, b);
}

function plain(state: string): string {
  return state
    .replace(/(\p{Ll})(\p{Lu})/gu, "$1 $2")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
