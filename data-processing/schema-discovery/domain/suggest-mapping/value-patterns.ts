/** What one value looks like; the first that fits. */
const patterns: [string, RegExp][] = [
  ["boolean", /^(?:true|false|yes|no|y|n|t|f|да|нет)$/i],
  ["date", /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?$/],
  ["date", /^\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?: \d{1,2}:\d{2}.*)?$/],
  ["email", /^[^\s@]+@[^\s@]+\.[^\s@]+$/],
  ["link", /^(?:https?:\/\/|www\.)\S+$/i],
  ["link", /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}(?:\/\S*)?$/i],
  ["uuid", /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i],
  ["address of a host", /^\d{1,3}(?:\.\d{1,3}){3}$/],
  ["phone", /^(?=(?:\D*\d){7,15}\D*$)(?:\+|\(|\d+[-. ()]+\d)[-\d. ()/]+$/],
  ["money", /^[$€£₽¥] ?-?\d[\d ., ]*$/],
  ["decimal", /^-?\d{1,3}(?:[\s.,']\d{3})*[.,]\d+$|^-?\d+\.\d+$/],
  ["long number", /^\d{8,}$/],
  ["integer", /^-?\d+$/],
  ["percent", /^-?\d+(?:[.,]\d+)? ?%$/],
  ["short code", /^\p{Lu}{2,3}$/u],
  ["mixed code", /^(?=.*\d)(?=.*\p{L})[\p{L}\d_/-]+$/u],
  ["numbered text", /^(?=.*\d)(?=.*\p{L})/u],
  ["word", /^[\p{L}'’-]+$/u],
  ["key", /^[\p{L}\d_-]+$/u],
];
const longText = 60;

/** The kind of a value: `email`, `date`, `integer`, `word`, `few words`, `long text` and so on. */
export function kindOfValue(text: string): string {
  if (text.length > longText) return /^https?:/i.test(text) ? "link" : "long text";
  return patterns.find(([, pattern]) => pattern.test(text))?.[0] ?? "few words";
}

/** Kinds that are near each other, and how near. */
const nearKinds: Record<string, number> = {
  "decimal integer": 0.8,
  "decimal money": 0.9,
  "integer money": 0.6,
  "integer long number": 0.5,
  "long number phone": 0.6,
  "boolean integer": 0.3,
  "boolean word": 0.4,
  "key word": 0.6,
  "key mixed code": 0.5,
  "few words word": 0.6,
  "few words numbered text": 0.5,
  "few words long text": 0.5,
  "few words key": 0.4,
  "long text numbered text": 0.3,
  "mixed code numbered text": 0.3,
  "long number mixed code": 0.2,
  "integer mixed code": 0.2,
  "mixed code uuid": 0.3,
  "short code word": 0.5,
  "decimal percent": 0.7,
  "integer percent": 0.7,
};

/** How near two kinds of value are, 0 to 1. */
export function kindNearness(left: string, right: string): number {
  if (left === right) return 1;
  return nearKinds[left < right ? `${left} ${right}` : `${right} ${left}`] ?? 0;
}

/** The kind that a concept's values have, where it tells: what values say of a name when the other side has none. */
export const kindOfConcept: Record<string, string[]> = {
  email: ["email"],
  phone: ["phone", "long number"],
  fax: ["phone", "long number"],
  website: ["link"],
  link: ["link"],
  date: ["date"],
  create: ["date"],
  update: ["date"],
  price: ["decimal", "money", "integer"],
  amount: ["decimal", "money", "integer"],
  total: ["decimal", "money", "integer"],
  latitude: ["decimal"],
  longitude: ["decimal"],
  quantity: ["integer", "decimal"],
  currency: ["short code"],
  city: ["word", "few words"],
  first: ["word"],
  last: ["word"],
};
