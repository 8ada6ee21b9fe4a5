interface CronField {
  name: string;
  min: number;
  max: number;
  names?: string[];
}

const FIELDS: CronField[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day of month", min: 1, max: 31 },
  { name: "month", min: 1, max: 12 },
  { name: "day of week", min: 0, max: 6, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
];

const MONTH_LENGTHS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** What is wrong with a cron expression of five fields: numbers, lists, ranges, `*` and steps of it. */
export function cronProblem(expression: string): string | undefined {
  const parts = expression.split(/\s+/).filter((p) => p !== "");
  if (parts.length !== FIELDS.length) return `it has ${parts.length} fields, not 5`;
  const allowed: Set<number>[] = [];
  for (const [i, field] of FIELDS.entries()) {
    const values = valuesOf(parts[i]!, field);
    if (!values) return `\`${parts[i]}\` is not a valid ${field.name}`;
    allowed.push(values);
  }
  const [, , days, months] = allowed;
  const longest = Math.max(...[...months!].map((m) => MONTH_LENGTHS[m - 1]!));
  return parts[4] === "*" && Math.min(...days!) > longest ? "no month has such a day" : undefined;
}

/** The numbers that a field allows; undefined when it is not valid. */
function valuesOf(text: string, field: CronField): Set<number> | undefined {
  const values = new Set<number>();
  for (const item of text.split(",").filter((i) => i !== "")) {
    const step = /^\*(?:\/(\d+))?$/.exec(item);
    const range = step ? [field.min, field.max] : rangeOf(item, field);
    const by = Number(step?.[1] ?? 1);
    if (!range || by < 1 || by > field.max) return undefined;
    for (let n = range[0]!; n <= range[1]!; n += by) values.add(n);
  }
  return values.size > 0 ? values : undefined;
}

/** `5` or `1-5`. */
function rangeOf(item: string, field: CronField): [number, number] | undefined {
  const [from, to, ...rest] = item.split("-");
  const low = numberIn(from!, field);
  const high = to === undefined ? low : numberIn(to, field);
  return rest.length === 0 && low !== undefined && high !== undefined && low <= high
    ? [low, high]
    : undefined;
}

function numberIn(text: string, field: CronField): number | undefined {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const number = named >= 0 ? named + field.min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= field.min && number <= field.max ? number : undefined;
}
