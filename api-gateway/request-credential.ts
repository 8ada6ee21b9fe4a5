import { type Credential, presentedCredential } from "./credentials.js";

/** Header name → value, in lower case. */
export type RequestHeaders = Record<string, string | string[] | undefined>;

/** The credential that a request's headers carry. */
export function credentialOfHeaders(headers: RequestHeaders): Credential | undefined {
  const first = (name: string) => [headers[name]].flat()[0];
  const cookies = [headers.cookie].flat().join("; ");
  return presentedCredential({
    authorization: first("authorization"),
    apiKey: first("x-api-key"),
    cookies: {
      "__Secure-axion.session_token": cookieValue(cookies, "__Secure-axion.session_token"),
      "axion.session_token": cookieValue(cookies, "axion.session_token"),
    },
  });
}

function cookieValue(cookies: string, name: string): string | undefined {
  for (const pair of cookies.split(";")) {
    const at = pair.indexOf("=");
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
