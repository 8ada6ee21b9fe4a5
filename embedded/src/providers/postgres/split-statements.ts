/** One token of SQL that may hide a semicolon, or a semicolon. Block comments nest in Postgres and are handled below. */
const TOKEN =
  /--[^\n]*|\/\*|[eE]'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|;/g;

/** Splits SQL text into statements, each with its offset. Quotes, dollar quotes and comments are respected. */
export function splitStatements(sql: string): { text: string; offset: number }[] {
  const statements: { text: string; offset: number }[] = [];
  const token = new RegExp(TOKEN);
  let start = 0;
  const push = (end: number) => {
    const raw = sql.slice(start, end);
    const lead = leadingBlank(raw);
    if (lead < raw.length) statements.push({ text: raw.slice(lead), offset: start + lead });
    start = end + 1;
  };
  for (let match = token.exec(sql); match !== null; match = token.exec(sql)) {
    if (match[0] === ";") push(match.index);
    else if (match[0] === "/*") token.lastIndex = commentEnd(sql, match.index);
    else if (match[0].startsWith("$")) {
      const close = sql.indexOf(match[0], token.lastIndex);
      token.lastIndex = close === -1 ? sql.length : close + match[0].length;
    }
  }
  push(sql.length);
  return statements;
}

function commentEnd(sql: string, from: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = from;
  let depth = 0;
  for (let match = edge.exec(sql); match !== null; match = edge.exec(sql)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}

/** Length of the white space and comments that a text starts with. */
function leadingBlank(text: string): number {
  let at = 0;
  for (;;) {
    const blank = /^(?:\s+|--[^\n]*(?:\n|$))+/.exec(text.slice(at));
    if (blank !== null) at += blank[0].length;
    else if (text.startsWith("/*", at)) at = commentEnd(text, at);
    else return at;
  }
}
