import { isIP } from "node:net";
import type { Readable } from "node:stream";
import { Agent, request } from "undici";
import { z } from "zod";
import { HostProblem, resolveAllowedHost } from "../../../../shared/network/address-guard.js";
import { guardedLookup } from "../../../../shared/network/guarded-lookup.js";

/** A request to a webhook, with its headers as they go out. */
export interface WebhookRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** What became of a request. */
export interface WebhookAnswer {
  /** Absent where nothing was answered. */
  status?: number;
  headers?: Record<string, string>;
  /** The first 4,096 bytes. */
  body?: string;
  /** Why there is no answer, fit for the tenant's eyes. */
  error?: string;
}

/** Posts to a webhook. Never throws: what goes wrong is the answer. */
export type PostWebhook = (request: WebhookRequest) => Promise<WebhookAnswer>;

/** A receiver that takes longer has failed. */
export const webhookTimeoutMs = 15_000;
const mostBodyBytes = 4_096;
const mostHeaders = 50;
const longestHeader = 500;

/**
 * Posts over connections that lead to checked addresses only: names are resolved once, when the connection is made, and
 * the address that was checked is the one that is used. Redirects are not followed: a 3xx is an answer like any other.
 */
export function webhookPoster(timeoutMs = webhookTimeoutMs): {
  post: PostWebhook;
  close: () => Promise<void>;
} {
  const agent = new Agent({
    connect: { lookup: guardedLookup, timeout: timeoutMs },
    keepAliveTimeout: 4_000,
    maxHeaderSize: 16_384,
  });
  const post: PostWebhook = async ({ url, headers, body }) => {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      // A host that is an address is never looked up, so the connection would not check it.
      const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
      if (isIP(host)) await resolveAllowedHost(host);
      const answer = await request(url, {
        ...{ method: "POST", headers, body, signal, dispatcher: agent },
        ...{ headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
      });
      return {
        status: answer.statusCode,
        headers: boundedHeaders(answer.headers),
        body: await firstBytes(answer.body),
      };
    } catch (error) {
      return { error: reasonOf(error, timeoutMs) };
    }
  };
  return { post, close: () => agent.close() };
}

/** The beginning of a body; whatever follows is not read. A body that breaks off is as long as it came. */
async function firstBytes(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      const bytes = chunk as Buffer;
      chunks.push(bytes);
      length += bytes.length;
      if (length >= mostBodyBytes) break;
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    chunks.push(Buffer.from(` [broken off: ${error.name}]`));
  }
  const text = Buffer.concat(chunks).subarray(0, mostBodyBytes).toString("utf8");
  return text.replaceAll("\0", "\ufffd");
}

function boundedHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const given = Object.entries(headers).slice(0, mostHeaders);
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      String(value ?? "")
        .replaceAll("\0", "")
        .slice(0, longestHeader),
    ]),
  );
}

/** A timeout is a `DOMException`, whose code is a number. */
const failureSchema = z.object({ code: z.string().catch(""), name: z.string() });

function reasonOf(error: unknown, timeoutMs: number): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof HostProblem) return cause.message;
  }
  const { code, name } = failureSchema.safeParse(error).data ?? { code: "", name: "" };
  if (name === "TimeoutError" || name === "AbortError" || code.endsWith("_TIMEOUT") || code === "ETIMEDOUT") {
    return `No answer within ${timeoutMs / 1_000} s.`;
  }
  if (code === "ECONNREFUSED") return "The connection was refused.";
  if (code === "ECONNRESET" || code === "UND_ERR_SOCKET" || code === "EPIPE")
    return "The connection was cut.";
  if (/CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(code)) return `No trusted TLS connection (${code}).`;
  if (code.startsWith("HPE_") || code === "UND_ERR_HEADERS_OVERFLOW") return "The answer is not valid HTTP.";
  return `The request failed (${code || name || "unknown error"}).`;
}
