import { type InstantParts, instantOf, pad, partsOf, validDate } from "./instants.js";

interface Token {
  part: keyof InstantParts;
  width: number;
  /** What the text must look like when read. */
  pattern: string;
  /** The same in Postgres `to_char`. */
  toChar: string;
}

const tokens: Record<string, Token> = {
  YYYY: { part: "year", width: 4, pattern: "[0-9]{4}", toChar: "YYYY" },
  MM: { part: "month", width: 2, pattern: "(0[1-9]|1[0-2])", toChar: "MM" },
  DD: { part: "day", width: 2, pattern: "(0[1-9]|[12][0-9]|3[01])", toChar: "DD" },
  HH: { part: "hour", width: 2, pattern: "([01][0-9]|2[0-3])", toChar: "HH24" },
  mm: { part: "minute", width: 2, pattern: "[0-5][0-9]", toChar: "MI" },
  ss: { part: "second", width: 2, pattern: "[0-5][0-9]", toChar: "SS" },
};

type Piece = { literal: string } | { token: Token; offset: number };

/** A date pattern made of YYYY, MM, DD, HH, mm, ss and characters that are no letters. */
export interface DatePattern {
  pieces: Piece[];
  /** Matches the texts that the pattern reads, the same for Postgres and ECMAScript. */
  regex: string;
}

/** Reads a date pattern; answers with what is wrong where it cannot. */
export function parsePattern(pattern: string): DatePattern | { problem: string } {
  const pieces: Piece[] = [];
  let offset = 0;
  for (const part of pattern.match(/YYYY|MM|DD|HH|mm|ss|[\s\S]/gu) ?? []) {
    const token = tokens[part];
    if (!token && /\p{L}/u.test(part)) {
      return { problem: `"${part}" is not part of a date pattern: there are YYYY, MM, DD, HH, mm and ss.` };
    }
    pieces.push(token ? { token, offset } : { literal: part });
    offset += part.length;
  }
  if (pieces.length === 0) return { problem: "The date pattern is empty." };
  const body = pieces.map((piece) => ("token" in piece ? piece.token.pattern : escaped(piece.literal)));
  return { pieces, regex: `^${body.join("")}$` };
}

/** A character that stands for itself, in the notation that Postgres and ECMAScript share. */
function escaped(character: string): string {
  if (!/[!-/:-@[-`{-~]/.test(character)) return character;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Writes an instant in the pattern, in UTC. */
export function formatInstant(instant: bigint, pattern: DatePattern): string {
  const parts = partsOf(instant);
  return pattern.pieces
    .map((piece) => ("token" in piece ? pad(parts[piece.token.part], piece.token.width) : piece.literal))
    .join("");
}

/** Reads a text in the pattern, as UTC; parts that the pattern lacks are 1 January, midnight. Null where it does not fit. */
export function readInstant(text: string, pattern: DatePattern): bigint | null {
  if (!new RegExp(pattern.regex, "u").test(text)) return null;
  const parts: InstantParts = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: 0 };
  for (const piece of pattern.pieces) {
    if ("token" in piece)
      parts[piece.token.part] = Number(text.slice(piece.offset, piece.offset + piece.token.width));
  }
  if (!validDate(parts.year, parts.month, parts.day)) return null;
  return instantOf(parts.year, parts.month, parts.day, parts);
}
