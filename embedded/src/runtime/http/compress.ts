import { brotliCompress, constants, gzip } from "node:zlib";
import type { EncodedResponse, WireResponse } from "./codec.js";

/** Smaller bodies cost more to compress than they save. */
const MIN_LENGTH = 1024;
/** Brotli's best settings are for files that are compressed once. */
const BROTLI_QUALITY = 4;

export type Encoding = "br" | "gzip";

/** Whether answers are compressed: yes, unless `AXION_COMPRESSION` is `off`, as where a proxy does it. */
const enabled = process.env.AXION_COMPRESSION !== "off";

/** The encoding of a response's body that suits the client best; undefined where it is sent as it is. */
export function encodingFor(
  response: WireResponse,
  acceptEncoding: string | undefined,
): Encoding | undefined {
  const { body, status } = response;
  if (!enabled || acceptEncoding === undefined || typeof body !== "string" || body.length < MIN_LENGTH)
    return undefined;
  if (status === 204 || status === 304 || headerValue(response, "content-encoding") !== undefined)
    return undefined;
  const accepted = parseAccepted(acceptEncoding);
  return (["br", "gzip"] as const).find((encoding) => (accepted.get(encoding) ?? accepted.get("*") ?? 0) > 0);
}

/** Compresses the body off the main thread. A strong `ETag` becomes weak: it names the same content in other bytes. */
export function compress(
  response: WireResponse,
  encoding: Encoding,
  done: (response: EncodedResponse) => void,
): void {
  const body = response.body as string;
  const finish = (error: Error | null, compressed: Buffer): void => {
    if (error) {
      done(response);
      return;
    }
    const headers = response.headers.map((value, i, all) =>
      i % 2 === 1 && all[i - 1]?.toLowerCase() === "etag" && value.startsWith('"') ? `W/${value}` : value,
    );
    headers.push("content-encoding", encoding, "vary", "accept-encoding");
    done({ status: response.status, headers, body: compressed });
  };
  if (encoding === "gzip") gzip(body, finish);
  else brotliCompress(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }, finish);
}

function headerValue({ headers }: WireResponse, name: string): string | undefined {
  const at = headers.findIndex((header, i) => i % 2 === 0 && header.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
}

/** The weights of `Accept-Encoding`. */
function parseAccepted(text: string): Map<string, number> {
  const accepted = new Map<string, number>();
  for (const part of text.slice(0, 1_000).split(",")) {
    const [name = "", ...parameters] = part.split(";").map((each) => each.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith("q="));
    if (name !== "") accepted.set(name, weight === undefined ? 1 : Number(weight.slice(2)) || 0);
  }
  return accepted;
}
