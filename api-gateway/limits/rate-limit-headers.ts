import type { AnswerHeaders } from "../answers/answer-headers.js";
import type { Verdict } from "./count-requests.js";

/**
 * `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers, structured fields): for each policy the
 * quota `q` and window `w`, what remains `r` and the seconds `t` until it starts anew.
 */
export function rateLimitHeaders(verdict: Verdict, windowSeconds: number): AnswerHeaders {
  const standings = (["caller", "tenant"] as const).flatMap((name) => {
    const standing = verdict[name];
    return standing === undefined ? [] : [{ name, ...standing }];
  });
  return {
    RateLimit: standings
      .map((each) => `"${each.name}";r=${each.remaining};t=${each.resetSeconds}`)
      .join(", "),
    "RateLimit-Policy": standings
      .map((each) => `"${each.name}";q=${each.limit};w=${windowSeconds}`)
      .join(", "),
  };
}
