/** Reads Postgres' text form of an array: `{a,"b c",NULL,{…}}`, with bounds before it where they are not the usual ones. */
export function parseArray(text: string, decode: (element: string) => unknown): unknown[] {
  let at = text.indexOf("{");
  const readArray = (): unknown[] => {
    const items: unknown[] = [];
    at++;
    while (at < text.length && text[at] !== "}") {
      if (text[at] === ",") at++;
      else items.push(text[at] === "{" ? readArray() : readElement());
    }
    at++;
    return items;
  };
  const readElement = (): unknown => {
    if (text[at] === '"') return decode(readQuoted());
    const start = at;
    while (at < text.length && text[at] !== "," && text[at] !== "}") at++;
    const bare = text.slice(start, at);
    return bare === "NULL" ? null : decode(bare);
  };
  const readQuoted = (): string => {
    const start = ++at;
    let escaped = false;
    while (at < text.length && text[at] !== '"') {
      if (text[at] === "\\") {
        escaped = true;
        at++;
      }
      at++;
    }
    const raw = text.slice(start, at++);
    return escaped ? raw.replace(/\\(.)/gs, "$1") : raw;
  };
  return readArray();
}
