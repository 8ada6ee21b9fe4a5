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
  {
    name: "month",
    min: 1,
    max: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  { name: "day of week", min: 0, max: 6, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
];

/** What is wrong with a cron expression of five fields. */
export function cronProblem(expression: string): string | undefined {
  const parts = expression.split(/\s+/).filter((p) => p !== "");
  if (parts.length !== FIELDS.length) return `it has ${parts.length} fields, not 5`;
  for (const [i, field] of FIELDS.entries()) {
    if (!parts[i]!.split(",").every((item) => validItem(item, field))) {
      return `\`${parts[i]}\` is not a valid ${field.name}`;
    }
  }
  return undefined;
}

/** `*`, `5`, `1-5`, each optionally with a step: `* /15`. */
function validItem(item: string, field: CronField): boolean {
  const [range, step, ...more] = item.split("/");
  if (more.length > 0 || range === undefined) return false;
  if (step !== undefined && !(/^\d+$/.test(step) && Number(step) > 0)) return false;
  if (range === "*") return true;
  const [from, to, ...rest] = range.split("-");
  const low = value(from, field);
  const high = to === undefined ? low : value(to, field);
  return rest.length === 0 && low !== undefined && high !== undefined && low <= high;
}

function value(text: string | undefined, field: CronField): number | undefined {
  if (text === undefined) return undefined;
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const number = named >= 0 ? named + field.min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= field.min && number <= field.max ? number : undefined;
}
