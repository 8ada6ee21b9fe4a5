import { parseDocument } from "yaml";

const MOST_CHARACTERS = 2_000_000;
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
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true, schema: "core" });
  if (document.errors.length > 0) {
    const problems = document.errors.slice(0, MOST_PROBLEMS).map(({ message, linePos }) => ({
      message: `${message
        .split("\n")[0]!
        .replace(/ at line \d+, column \d+:?$/, "")
        .replace(/[:.]$/, "")}.`,
      ...(linePos === undefined ? {} : { line: linePos[0].line, column: linePos[0].col }),
    }));
    return { problems };
  }
  try {
    return { model: document.toJS({ maxAliasCount: MOST_ALIASES }) };
  } catch (error) {
    return { problems: [{ message: error instanceof Error ? error.message : String(error) }] };
  }
}
