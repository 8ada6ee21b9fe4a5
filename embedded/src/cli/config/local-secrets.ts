import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "../../providers/setup-error.js";

const FILE = ".secrets.local.cue";
const ESCAPES: Record<string, string> = {
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "/": "/",
  "'": "'",
};

/** Secrets for this machine from `.secrets.local.cue`, as Encore's command line reads it: `Name: "value"` for each. */
export function readLocalSecrets(appDir: string): Record<string, string> {
  let text: string;
  try {
    text = readFileSync(join(appDir, FILE), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new SetupError(`cannot read ${FILE}: ${(error as Error).message}`, { cause: error });
  }
  return parseSecrets(text);
}

const BLANK = /(?:[\s,]|\/\/[^\n]*)*/y;
const KEY = /([A-Za-z_$][\w$]*|"(?:[^"\\\n]|\\.)*")\s*:[^\S\n]*/y;
/** Texts in one line, in several lines, and both raw, where only `\#` escapes. */
const TEXT = /(?:(#?)"""\n([\s\S]*?)\n?([^\S\n]*)"""\1)|(?:#"([^"\n]*)"#)|(?:"((?:[^"\\\n]|\\.)*)")/y;

/** The fields of the part of CUE that such a file needs: constant texts. */
export function parseSecrets(text: string): Record<string, string> {
  const secrets: Record<string, string> = {};
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const refuse = (what: string): never => {
    const line = text.slice(0, at).split("\n").length;
    throw new SetupError(`${FILE}:${line}: ${what}`, { fix: 'write one secret a line: Name: "value"' });
  };
  for (take(BLANK); at < text.length; take(BLANK)) {
    const key = take(KEY)?.[1] ?? refuse("expected the name of a secret and a colon");
    const value = take(TEXT) ?? refuse(`expected a text in double quotes as the value of ${key}`);
    const name = key.startsWith('"') ? unescapeText(key.slice(1, -1), refuse) : key;
    secrets[name] = textOf(value, refuse);
  }
  return secrets;
}

function textOf(match: RegExpExecArray, refuse: (what: string) => never): string {
  const [, hash, block, indent = "", raw, line] = match;
  if (raw !== undefined) return raw;
  if (line !== undefined) return unescapeText(line, refuse);
  const lines = (block ?? "")
    .split("\n")
    .map((text) => (text.startsWith(indent) ? text.slice(indent.length) : text));
  return hash ? lines.join("\n") : unescapeText(lines.join("\n"), refuse);
}

function unescapeText(text: string, refuse: (what: string) => never): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[\s\S])/g, (_all, code: string) => {
    if (code.length > 1) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    if (code === "(") return refuse("texts with \\( ) are computed by CUE; write the value itself");
    return ESCAPES[code] ?? refuse(`unknown escape \\${code}`);
  });
}
