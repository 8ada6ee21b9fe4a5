import { setTimeout as delay } from "node:timers/promises";
import { HostProblem, resolveAllowedHost } from "../../../../shared/network/address-guard.js";
import { refusal } from "../../../../shared/notifications/check-settings.js";

const longest = 2_000;
const lookupMs = 2_000;

/**
 * Checks the address of a webhook and writes it the usual way. Plain http is for a developer's machine. Throws
 * `invalidArgument` for what is no address, and for hosts at private addresses; a host that is not found now may be
 * found later, and is refused or reached then.
 */
export async function checkWebhookUrl(field: string, text: string, allowHttp: boolean): Promise<string> {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol) || text.length > longest) {
    throw refusal(
      field,
      `expected an address as https://example.com/hooks, of at most ${longest} characters.`,
    );
  }
  if (url.protocol === "http:" && !allowHttp)
    throw refusal(field, "must begin with https://.", "https_required");
  if (url.username !== "" || url.password !== "") throw refusal(field, "must not hold user and password.");
  url.hash = "";
  await refusePrivate(field, url.hostname.replace(/^\[|\]$/g, ""));
  return url.href;
}

async function refusePrivate(field: string, host: string): Promise<void> {
  try {
    await Promise.race([resolveAllowedHost(host), delay(lookupMs, undefined, { ref: false })]);
  } catch (error) {
    if (!(error instanceof HostProblem)) throw error;
    if (error.code === "address_not_allowed") throw refusal(field, error.message, error.code);
  }
}
