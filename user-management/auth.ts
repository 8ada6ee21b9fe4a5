import { randomUUID } from "node:crypto";
import log from "encore.dev/log";
import { authSettings } from "./auth-settings.js";
import { db } from "./db.js";
import { firstTenantOf } from "./domain/access.js";
import * as mails from "./domain/account-mails.js";
import * as tables from "./schema.js";

/** Path under which Better Auth answers. */
export const authPath = "/api/v1/auth";
/** Who the JSON Web Tokens are for. */
export const tokenAudience = "axion-api";
/** Header in which the caller's network address is handed to Better Auth. */
export const addressHeader = "x-axion-client-address";
export const apiKeyPrefix = "axk_";

const day = 24 * 60 * 60;

/** Better Auth on this service's database. Its packages are loaded when first needed, not when the app starts. */
async function createAuth() {
  const [{ betterAuth }, { drizzleAdapter }, plugins, { apiKey }, settings] = await Promise.all([
    import("better-auth/minimal"),
    import("better-auth/adapters/drizzle"),
    import("better-auth/plugins"),
    import("@better-auth/api-key"),
    authSettings(),
  ]);
  const { oidc, ...socialProviders } = settings.providers;
  const auth = betterAuth({
    appName: "Axion",
    secret: settings.secret,
    baseURL: settings.publicUrl,
    basePath: authPath,
    trustedOrigins: settings.trustedOrigins,
    telemetry: { enabled: false },
    logger: { level: "error", log: (_level, message, ...details) => logNotice(message, details) },
    database: drizzleAdapter(db, {
      provider: "pg",
      schema: {
        user: tables.people,
        session: tables.sessions,
        account: tables.accounts,
        verification: tables.verifications,
        organization: tables.organizations,
        member: tables.members,
        invitation: tables.invitations,
        jwks: tables.jwks,
        apikey: tables.apiKeys,
        twoFactor: tables.twoFactors,
        rateLimit: tables.authRateLimits,
      },
    }),
    advanced: {
      // Set, because the library would leave the check out wherever NODE_ENV is "test".
      disableOriginCheck: false,
      cookiePrefix: "axion",
      database: { generateId: () => randomUUID() },
      ipAddress: { ipAddressHeaders: [addressHeader] },
    },
    rateLimit: {
      enabled: true,
      storage: "database",
      window: 60,
      max: 300,
      customRules: {
        "/sign-in/email": { window: 60, max: 120 },
        "/sign-up/email": { window: 60, max: 60 },
        "/request-password-reset": { window: 60, max: 30 },
        "/send-verification-email": { window: 60, max: 30 },
        "/two-factor/*": { window: 60, max: 60 },
      },
    },
    session: { expiresIn: 7 * day, updateAge: day, freshAge: day },
    emailAndPassword: {
      enabled: true,
      requireEmailVerification: true,
      minPasswordLength: 10,
      maxPasswordLength: 128,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: 60 * 60,
      sendResetPassword: async ({ user, url }) => mails.requestMail(db, user, "reset-password", { url }),
      onPasswordReset: async ({ user }) => mails.passwordWasReset(db, user),
      onExistingUserSignUp: async ({ user }) =>
        mails.requestMail(db, user, "account-exists", { url: settings.publicUrl }),
    },
    emailVerification: {
      sendOnSignUp: true,
      sendOnSignIn: false,
      expiresIn: day,
      sendVerificationEmail: async ({ user, url }) => mails.requestMail(db, user, "verify-email", { url }),
    },
    account: { accountLinking: { enabled: true }, encryptOAuthTokens: true },
    socialProviders,
    databaseHooks: {
      session: {
        create: {
          before: async (session) => ({
            data: { ...session, activeOrganizationId: (await firstTenantOf(db, session.userId)) ?? null },
          }),
        },
      },
    },
    plugins: [
      plugins.bearer(),
      plugins.jwt({
        jwks: { keyPairConfig: { alg: "EdDSA", crv: "Ed25519" }, rotationInterval: 90 * day },
        jwt: {
          issuer: settings.publicUrl,
          audience: tokenAudience,
          expirationTime: "15m",
          definePayload: ({ session }) => ({
            sid: session.id,
            tenant: (session as { activeOrganizationId?: string | null }).activeOrganizationId ?? "",
          }),
        },
      }),
      plugins.organization({ allowUserToCreateOrganization: false, disableOrganizationDeletion: true }),
      plugins.twoFactor({
        issuer: "Axion",
        accountLockout: { maxFailedAttempts: 10, durationSeconds: 15 * 60 },
      }),
      apiKey({
        defaultPrefix: apiKeyPrefix,
        enableMetadata: false,
        requireName: true,
        startingCharactersConfig: { charactersLength: 10 },
        rateLimit: { enabled: false },
        keyExpiration: { defaultExpiresIn: null, minExpiresIn: 0, maxExpiresIn: 3650 },
      }),
      ...(oidc.length > 0
        ? [plugins.genericOAuth({ config: oidc.map((provider) => ({ ...provider, pkce: true })) })]
        : []),
    ],
  });
  return { auth, settings };
}

/** Most of what the library calls an error is a caller's mistake, such as a wrong origin or an expired key. */
function logNotice(message: string, details: unknown[]): void {
  const error = details.find((detail) => detail instanceof Error);
  log.warn("sign-in", { notice: message, ...(error === undefined ? {} : { error: error.message }) });
}

type Created = Awaited<ReturnType<typeof createAuth>>;

let created: Promise<Created> | undefined;

/** Better Auth and its settings, made once. A failure is not kept. */
export function betterAuthOf(): Promise<Created> {
  created ??= createAuth().catch((error) => {
    created = undefined;
    throw error;
  });
  return created;
}
