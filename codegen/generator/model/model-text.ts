import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** Of two hundred rich services; reading YAML costs some microseconds a character. */
const MOST_CHARACTERS = 500_000;
/** Brackets within brackets. */
const MOST_DEPTH = 100;
/** Nodes that aliases may stand for: more is an attack, not a model. */
const MOST_ALIASES = 100;
const MOST_PROBLEMS = 20;

/** What is wrong with a text as such. */
export interface TextProblem {
  message: string;
  /** From 1; absent where it is the text as a whole. */
  line?: number;
  column?: number;
}

/** The value that a text in JSON or YAML 1.2 stands for, or all that is wrong with the text. */
export function parseModelText(
  text: string,
): { model: unknown; problems?: undefined } | { problems: TextProblem[] } {
  if (text.length > MOST_CHARACTERS)
    return { problems: [{ message: `The text has more than ${MOST_CHARACTERS} characters.` }] };
  if (isTooDeep(text)) return { problems: [{ message: `The text nests more than ${MOST_DEPTH} brackets.` }] };
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      prettyErrors: false,
      uniqueKeys: false,
      schema: "core",
      lineCounter: lines,
    });
    const faults = [
      ...document.errors.map(({ message, pos }) => ({ message: message.replace(/[:.]$/, ""), at: pos[0] })),
      ...repeatedKeys(document),
    ];
    if (faults.length === 0) return { model: document.toJS({ maxAliasCount: MOST_ALIASES }) };
    const problems = faults.slice(0, MOST_PROBLEMS).map(({ message, at }) => {
      const { line, col } = lines.linePos(at);
      return { message: `${message}.`, line, column: col };
    });
    return { problems };
  } catch (error) {
    return { problems: [{ message: error instanceof Error ? error.message : String(error) }] };
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "[" || character === "{") depth++;
    else if (character === "]" || character === "}") depth--;
    if (depth > MOST_DEPTH) return true;
  }
  return false;
}

/** Keys that a map has twice. The parser's own check compares each with each, which a long map makes slow. */
function repeatedKeys(document: Document): { message: string; at: number }[] {
  const faults: { message: string; at: number }[] = [];
  const waiting: unknown[] = [document.contents];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (isSeq(node)) for (const item of node.items) waiting.push(item);
    if (!isMap(node)) continue;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      waiting.push(value);
      if (!isScalar(key)) continue;
      const name = String(key.value);
      if (seen.has(name)) faults.push({ message: "Map keys must be unique", at: key.range?.[0] ?? 0 });
      seen.add(name);
    }
  }
  return faults.toSorted((a, b) => a.at - b.at);
}
