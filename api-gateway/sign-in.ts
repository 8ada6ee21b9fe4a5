import type { IncomingMessage, ServerResponse } from "node:http";
import { APIError, api, ErrCode } from "encore.dev/api";
import { user_management } from "~encore/clients";
import type { HandleAuthResponse, HttpHeader } from "../user-management/types.js";
import { forgetCredential, trustedOrigins } from "./auth.js";
import { clientAddress } from "./client-address.js";
import { isAllowedPage } from "./origins.js";
import { credentialOfHeaders } from "./request-credential.js";

const longestBody = 64 * 1024;
const bodyTimeoutMs = 10_000;

/** Headers that sign-in looks at; no others are handed on. */
const forwardedHeaders = [
  "accept",
  "accept-language",
  "authorization",
  "content-type",
  "cookie",
  "origin",
  "referer",
  "user-agent",
];
/** Where a browser says what a request is for. Other clients, as Node's `fetch`, send parts of it without the site. */
const fetchMetadata = ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"];

/**
 * Signing up, in and out, sessions, passwords, second factors, tokens: the routes of Better Auth, which documents them
 * at https://better-auth.com/docs.
 */
export const signIn = api.raw(
  { method: "*", path: "/api/v1/auth/*path", expose: true, auth: false, bodyLimit: 65536, sensitive: true },
  async (request, response) => {
    if (!(await isReadableBy(request))) {
      const message = "The session's cookie does not count for requests of this page.";
      return refuse(response, 403, { code: "permission_denied", message });
    }
    const body = await readBody(request);
    if (body === undefined) {
      const message = "The body is larger than 64 KiB or came too slowly.";
      return refuse(response, 413, { code: "invalid_argument", message });
    }
    const answer = await answerOf(request, body);
    if (!answer) {
      const message = "Signing in is not possible at the moment. Try again in a few seconds.";
      return refuse(response, 503, { code: "unavailable", message });
    }
    forgetCredential(credentialOfHeaders(request.headers));
    send(response, answer);
  },
);

/** The answer of user-management; undefined where its database is away. */
async function answerOf(request: IncomingMessage, body: string): Promise<HandleAuthResponse | undefined> {
  const { headers, socket } = request;
  try {
    return await user_management.handleAuthRequest({
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: handedOn(request),
      body,
      address: clientAddress(single(headers["x-forwarded-for"]) ?? socket?.remoteAddress),
    });
  } catch (error) {
    if (error instanceof APIError && error.code === ErrCode.Unavailable) return undefined;
    throw error;
  }
}

/**
 * Whether the page that asks may see the answer, which may hold the session's token. For changes, the library holds
 * the page to the same list.
 */
async function isReadableBy({ headers }: IncomingMessage): Promise<boolean> {
  const byCookie = credentialOfHeaders(headers)?.kind === "cookie";
  return await isAllowedPage({ method: "GET", headers, byCookie, tenantOrigins: [], trustedOrigins });
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (request.method === "GET" || request.method === "HEAD") return "";
  const chunks: Buffer[] = [];
  let size = 0;
  const deadline = setTimeout(() => request.destroy(), bodyTimeoutMs);
  try {
    for await (const chunk of request) {
      size += (chunk as Buffer).length;
      if (size > longestBody) return undefined;
      chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks).toString("utf8");
  } catch {
    return undefined;
  } finally {
    clearTimeout(deadline);
  }
}

function handedOn(request: IncomingMessage): HttpHeader[] {
  const fromBrowser = request.headers["sec-fetch-site"] !== undefined;
  const names = fromBrowser ? [...forwardedHeaders, ...fetchMetadata] : forwardedHeaders;
  return names.flatMap((name) => {
    const value = single(request.headers[name]);
    return value === undefined ? [] : [{ name, value }];
  });
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(", ") : value;
}

function send(response: ServerResponse, answer: HandleAuthResponse): void {
  response.statusCode = answer.status;
  const cookies = answer.headers.filter(({ name }) => name === "set-cookie").map(({ value }) => value);
  for (const { name, value } of answer.headers) {
    if (name !== "set-cookie" && name !== "content-length") response.setHeader(name, value);
  }
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  response.setHeader("cache-control", "no-store");
  response.end(answer.body);
}

function refuse(response: ServerResponse, status: number, error: { code: string; message: string }): void {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ ...error, details: null }));
}
