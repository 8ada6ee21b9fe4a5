/**
 * JSON text as Postgres can hold it: NUL and halves of surrogate pairs, which no text there may contain, become U+FFFD.
 */
export function storableText(json: string): string {
  if (!json.includes("\\u")) return json;
  return json.replaceAll(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g, "$1\\ufffd");
}
