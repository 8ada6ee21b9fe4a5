/**
 * Routes of Better Auth that are reachable from outside. What concerns a tenant (members, invitations, roles, keys) is
 * not among them: the gateway's own routes do that, with permissions.
 */
const reachable = new Set([
  "/ok",
  "/error",
  "/sign-up/email",
  "/sign-in/email",
  "/sign-in/social",
  "/sign-in/oauth2",
  "/sign-out",
  "/get-session",
  "/list-sessions",
  "/revoke-session",
  "/revoke-sessions",
  "/revoke-other-sessions",
  "/send-verification-email",
  "/verify-email",
  "/request-password-reset",
  "/reset-password",
  "/change-password",
  "/update-user",
  "/list-accounts",
  "/link-social",
  "/unlink-account",
  "/oauth2/link",
  "/token",
  "/jwks",
  "/organization/set-active",
  "/two-factor/enable",
  "/two-factor/disable",
  "/two-factor/get-totp-uri",
  "/two-factor/verify-totp",
  "/two-factor/verify-backup-code",
  "/two-factor/generate-backup-codes",
]);

const withParameter = /^\/(?:reset-password|callback|oauth2\/callback)\/[^/]+$/;

/** Routes at which a password or code can be guessed. */
const guessable = new Set([
  "/sign-in/email",
  "/change-password",
  "/two-factor/enable",
  "/two-factor/disable",
  "/two-factor/get-totp-uri",
  "/two-factor/verify-totp",
  "/two-factor/verify-backup-code",
  "/two-factor/generate-backup-codes",
]);

/** Whether a route, without the prefix, may be called from outside. */
export function isReachable(route: string): boolean {
  return reachable.has(route) || withParameter.test(route);
}

/** Whether the route tells a right password or code from a wrong one. */
export function isGuessable(route: string): boolean {
  return guessable.has(route);
}

/** Whether a sign-in provider sends the browser back to this route. */
export function isCallback(route: string): boolean {
  return /^(?:\/oauth2)?\/callback\//.test(route);
}

/** What a successful call of a route means for the audit log; undefined where nothing. */
export function eventOfRoute(route: string): string | undefined {
  switch (route) {
    case "/sign-in/email":
    case "/two-factor/verify-totp":
    case "/two-factor/verify-backup-code":
      return "signed-in";
    case "/change-password":
      return "password-changed";
    case "/two-factor/enable":
      return "two-factor-prepared";
    case "/two-factor/disable":
      return "two-factor-disabled";
    case "/two-factor/generate-backup-codes":
      return "backup-codes-generated";
    case "/unlink-account":
      return "account-unlinked";
    case "/revoke-session":
    case "/revoke-sessions":
    case "/revoke-other-sessions":
      return "sessions-revoked";
    case "/sign-out":
      return "signed-out";
    default:
      return undefined;
  }
}
