import { commerce } from "./vocabulary/commerce.js";
import { companies } from "./vocabulary/companies.js";
import { culture } from "./vocabulary/culture.js";
import { general } from "./vocabulary/general.js";
import { people } from "./vocabulary/people.js";
import { places } from "./vocabulary/places.js";
import { fillers } from "./vocabulary/relations.js";
import { splitWords, stem, transliterate, transliterationKey } from "./words.js";

/** A word of a name: what it means, and how it was written. */
export interface Token {
  concept: string;
  written: string;
  /** The vocabulary has it; otherwise `concept` is the word itself. */
  known: boolean;
}

const longestPhrase = 4;
const mostInterned = 10_000;
const shortEndings = new Set(["no", "nr", "nm", "cd", "id", "dt", "ts", "on", "at"]);

/** Phrases, as stems in their order, with the concepts that they stand for. */
const phrases = new Map<string, string[]>();
/** Russian words as they look in Latin letters. */
const transliterated = new Map<string, string[]>();

for (const domain of [general, people, places, companies, commerce, culture]) {
  for (const line of domain.trim().split("\n")) {
    const [meaning, synonyms] = line.split(" = ");
    const concepts = meaning!.trim().split(" ").map(stem);
    for (const phrase of [meaning!, ...synonyms!.split(",")]) addPhrase(splitWords(phrase), concepts);
  }
}

function addPhrase(words: string[], concepts: string[]): void {
  const stems = words.map(stem);
  const joined = stems.join(" ");
  if (!phrases.has(joined)) phrases.set(joined, concepts);
  const compact = stem(words.join(""));
  if (words.length > 1 && compact.length >= 4 && !phrases.has(compact)) phrases.set(compact, concepts);
  if (words.some((word) => /\p{Script=Cyrillic}/u.test(word))) {
    const key = transliterationKey(transliterate(words.join("")));
    if (key && !transliterated.has(key)) transliterated.set(key, concepts);
    if (words.length > 1) {
      const spelled = words.map(transliterate).map(stem).join(" ");
      if (!phrases.has(spelled)) phrases.set(spelled, concepts);
    }
  }
}

/** What a name's words mean: the longest known phrases first, then compounds, then words as they are. */
export function readName(name: string): Token[] {
  return readWords(splitWords(name).flatMap(breakUp)).map(intern);
}

const interned = new Map<string, Token>();

/** The same object for the same word, so that what is known of it is found by it. */
function intern(token: Token): Token {
  const key = `${token.concept} ${token.written} ${token.known}`;
  const known = interned.get(key);
  if (known) return known;
  if (interned.size < mostInterned) interned.set(key, token);
  return token;
}

function readWords(words: string[]): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < words.length; ) {
    let taken = 0;
    for (let length = Math.min(longestPhrase, words.length - at); length > 0 && taken === 0; length--) {
      const part = words.slice(at, at + length);
      if (length === 1 && fillers.has(part[0]!)) break;
      const concepts = phrases.get(part.map(stem).join(" "));
      if (!concepts) continue;
      for (const concept of concepts) tokens.push({ concept, written: part.join(""), known: true });
      taken = length;
    }
    if (taken === 0) tokens.push(...readWord(words[at]!, at > 0));
    at += Math.max(taken, 1);
  }
  if (tokens.length > 0) return unique(tokens);
  return words.map((word) => ({ concept: stem(word), written: word, known: false }));
}

/** A word that the phrases do not have. */
function readWord(word: string, inside: boolean): Token[] {
  // As in `created_at`, `changed_on`.
  if (inside && (word === "at" || word === "on")) return [{ concept: "date", written: word, known: true }];
  if (fillers.has(word)) return [];
  const concepts = word.length >= 4 ? transliterated.get(transliterationKey(word) ?? "") : undefined;
  if (concepts) return concepts.map((concept) => ({ concept, written: word, known: true }));
  return [{ concept: stem(word), written: word, known: false }];
}

/**
 * The words of a compound (`kundennummer`, `custno`, 客户名称) where the vocabulary has all of them, digits at the end
 * apart (`address1`); the word itself otherwise. The fewest words win.
 */
function breakUp(word: string): string[] {
  if (phrases.has(stem(word)) || fillers.has(word)) return [word];
  const trailing = /^(\p{L}{2,}?)(\d+)$/u.exec(word);
  if (trailing) return [...breakUp(trailing[1]!), trailing[2]!];
  const dense = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(word);
  const letters = [...word];
  if (letters.length > 40 || letters.length < (dense ? 2 : 5)) return [word];
  const best: (string[] | undefined)[] = [[]];
  for (let end = 1; end <= letters.length; end++) {
    for (let from = 0; from < end; from++) {
      const before = best[from];
      if (!before) continue;
      const part = letters.slice(from, end).join("");
      const isEnding = end === letters.length && shortEndings.has(part);
      if (
        !isEnding &&
        (part.length < (dense ? 1 : 3) || !phrases.has(stem(part))) &&
        !(part.length === 2 && fillers.has(part) && from > 0)
      )
        continue;
      const current = best[end];
      if (!current || before.length + 1 < current.length) best[end] = [...before, part];
    }
  }
  return best[letters.length] ?? [word];
}

function unique(tokens: Token[]): Token[] {
  return tokens.filter((token, at) => tokens.findIndex((other) => other.concept === token.concept) === at);
}
