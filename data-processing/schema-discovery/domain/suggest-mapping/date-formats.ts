/** How a date may be written, with what its values look like; `D` and `M` where day and month could be either. */
const formats: { test: RegExp; pattern: (dayFirst: boolean) => string }[] = [
  { test: /^\d{4}-\d{2}-\d{2}$/, pattern: () => "YYYY-MM-DD" },
  { test: /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/, pattern: () => "YYYYMMDD" },
  { test: /^\d{4}\/\d{2}\/\d{2}$/, pattern: () => "YYYY/MM/DD" },
  { test: /^\d{4}\.\d{2}\.\d{2}$/, pattern: () => "YYYY.MM.DD" },
  { test: /^\d{2}\.\d{2}\.\d{4}$/, pattern: (dayFirst) => (dayFirst ? "DD.MM.YYYY" : "MM.DD.YYYY") },
  { test: /^\d{2}\/\d{2}\/\d{4}$/, pattern: (dayFirst) => (dayFirst ? "DD/MM/YYYY" : "MM/DD/YYYY") },
  { test: /^\d{2}-\d{2}-\d{4}$/, pattern: (dayFirst) => (dayFirst ? "DD-MM-YYYY" : "MM-DD-YYYY") },
];

const clocks: { test: RegExp; pattern: string }[] = [
  { test: /^ \d{2}:\d{2}:\d{2}$/, pattern: " HH:mm:ss" },
  { test: /^ \d{2}:\d{2}$/, pattern: " HH:mm" },
];

/**
 * The pattern that all texts are dates in, in the terms of `parseDate`. Undefined where there is none, or where
 * nothing tells day and month apart: with slashes or dashes both orders are in use.
 */
export function findDatePattern(texts: string[]): string | undefined {
  const trimmed = texts.map((text) => text.trim());
  const [first] = trimmed;
  if (first === undefined) return undefined;
  for (const { test, pattern } of formats) {
    const clock = clocks.find((each) => each.test.test(first.slice(dateLength(first))));
    const dates = trimmed.map((text) => text.slice(0, dateLength(text)));
    const rests = trimmed.map((text) => text.slice(dateLength(text)));
    if (!dates.every((date) => test.test(date))) continue;
    if (!rests.every((rest) => (clock ? clock.test.test(rest) : rest === ""))) continue;
    const dayFirst = isDayFirst(dates);
    return dayFirst === undefined ? undefined : `${pattern(dayFirst)}${clock?.pattern ?? ""}`;
  }
  return undefined;
}

function dateLength(text: string): number {
  const space = text.indexOf(" ");
  return space < 0 ? text.length : space;
}

function isDayFirst(dates: string[]): boolean | undefined {
  const parts = dates.map((date) => /^(\d{2})([./-])(\d{2})/.exec(date));
  if (parts.some((each) => each === null)) return true;
  if (parts.some((each) => Number(each![1]) > 12))
    return parts.some((each) => Number(each![3]) > 12) ? undefined : true;
  if (parts.some((each) => Number(each![3]) > 12)) return false;
  return parts[0]![2] === "." ? true : undefined;
}
