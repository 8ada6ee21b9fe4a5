const FLAG_GROUP = /^\(\?([imsx]+)\)/;
const POSIX: Record<string, string> = {
  alnum: "a-zA-Z0-9",
  alpha: "a-zA-Z",
  digit: "0-9",
  lower: "a-z",
  upper: "A-Z",
  space: "\\s",
  word: "\\w",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
};

/**
 * Compiles the pattern of a `MatchesRegexp` rule, written in the official
 * runtime's dialect: leading flag groups, `(?P<name>…)`, `\A`, `\z` and POSIX
 * classes are translated, the rest is common to both dialects.
 */
export function compilePattern(source: string): RegExp {
  let flags = "u";
  let pattern = source;
  const group = FLAG_GROUP.exec(pattern);
  if (group) {
    for (const flag of "ims") if (group[1]?.includes(flag)) flags += flag;
    pattern = pattern.slice(group[0].length);
  }
  pattern = pattern
    .replaceAll("(?P<", "(?<")
    .replace(/(^|[^\\])((?:\\\\)*)\\A/g, "$1$2^")
    .replace(/(^|[^\\])((?:\\\\)*)\\z/g, "$1$2$")
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX[name] ?? whole);
  try {
    return new RegExp(pattern, flags);
  } catch {
    // The `u` flag refuses escapes such as `\-` and `\_` that the other dialect allows.
    return new RegExp(pattern, flags.slice(1));
  }
}
