import { invalidArgument } from "../errors.js";
import type { WireResponse } from "./codec.js";

const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const FORBIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f]/;

/** Headers set by middlewares take the place of those of the same name. */
export function applyExtraHeaders(response: WireResponse, extra: Record<string, string | string[]>): void {
  for (const [name, given] of Object.entries(extra)) {
    if (given === undefined) continue;
    const lower = name.toLowerCase();
    response.headers = response.headers.filter((_, i, all) => all[i - (i % 2)]?.toLowerCase() !== lower);
    for (const value of Array.isArray(given) ? given : [given]) {
      if (!HEADER_NAME.test(name) || typeof value !== "string" || FORBIDDEN.test(value)) {
        throw invalidArgument(`unable to parse extraHeaders: ${name}`);
      }
      response.headers.push(name, Buffer.from(value, "utf8").toString("latin1"));
    }
  }
}
