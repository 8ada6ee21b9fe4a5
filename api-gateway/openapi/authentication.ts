import { anyCredential } from "./components.js";
import type { Operation, Parameter, PathItem, Schema } from "./document.js";

const text: Schema = { type: "string" };
const email: Schema = { type: "string", format: "email" };
const password: Schema = { type: "string", minLength: 8, maxLength: 128, writeOnly: true };

function object(properties: Record<string, Schema>, required = Object.keys(properties)): Schema {
  return { type: "object", required, properties };
}

/** Types of the sign-in library's answers. */
export const authenticationSchemas: Record<string, Schema> = {
  "authentication.User": object({
    id: text,
    name: text,
    email,
    emailVerified: { type: "boolean" },
    image: { type: ["string", "null"] },
    createdAt: { type: "string", format: "date-time" },
    updatedAt: { type: "string", format: "date-time" },
  }),
  "authentication.Session": object(
    {
      id: text,
      userId: text,
      token: text,
      expiresAt: { type: "string", format: "date-time" },
      createdAt: { type: "string", format: "date-time" },
      updatedAt: { type: "string", format: "date-time" },
      ipAddress: { type: ["string", "null"] },
      userAgent: { type: ["string", "null"] },
      activeOrganizationId: { type: ["string", "null"], description: "The tenant that the session acts in." },
    },
    ["id", "userId", "token", "expiresAt", "createdAt", "updatedAt"],
  ),
};

const user: Schema = { $ref: "#/components/schemas/authentication.User" };
const session: Schema = { $ref: "#/components/schemas/authentication.Session" };
const status = object({ status: { type: "boolean" } });

interface Route {
  id: string;
  summary: string;
  description?: string;
  signedIn?: boolean;
  body?: { schema: Schema; example: unknown };
  query?: Parameter[];
  answer: { schema: Schema; example?: unknown };
}

const exampleUser = {
  id: "wX3kq0a7RrN1mD5c",
  name: "Ada Lovelace",
  email: "ada@example.com",
  emailVerified: true,
  image: null,
  createdAt: "2026-11-21T09:30:00.000Z",
  updatedAt: "2026-11-21T09:30:00.000Z",
};
const credentials = { email: "ada@example.com", password: "correct horse battery staple" };

function route(of: Route): Operation {
  return {
    operationId: of.id,
    tags: [],
    summary: of.summary,
    ...(of.description ? { description: `${of.summary}\n\n${of.description}` } : {}),
    ...(of.query ? { parameters: of.query } : {}),
    ...(of.body ? { requestBody: { required: true, content: { "application/json": of.body } } } : {}),
    responses: { "200": { description: "Success", content: { "application/json": of.answer } } },
    ...(of.signedIn ? { security: anyCredential } : {}),
  };
}

/** The main operations of the sign-in library, which answers under this path itself. */
export const authenticationPaths: Record<string, PathItem> = {
  "/api/v1/auth/sign-up/email": {
    post: route({
      id: "signUp",
      summary: "Creates an account.",
      description:
        "A message with a link goes to the address; until it is followed, signing in is refused. The answer is the same where the address is known already.",
      body: {
        schema: object({ name: text, email, password, callbackURL: text }, ["name", "email", "password"]),
        example: { name: "Ada Lovelace", ...credentials },
      },
      answer: {
        schema: object({ token: { type: ["string", "null"] }, user }),
        example: { token: null, user: { ...exampleUser, emailVerified: false } },
      },
    }),
  },
  "/api/v1/auth/sign-in/email": {
    post: route({
      id: "signIn",
      summary: "Signs in with e-mail address and password.",
      description:
        "Sets the session cookie, and gives the session's token. With a second factor the answer is `twoFactorRedirect` alone, and the code is asked for by `/api/v1/auth/two-factor/verify-totp`.",
      body: {
        schema: object({ email, password, rememberMe: { type: "boolean" }, callbackURL: text }, [
          "email",
          "password",
        ]),
        example: credentials,
      },
      answer: {
        schema: {
          anyOf: [
            object({ redirect: { type: "boolean" }, token: text, url: { type: ["string", "null"] }, user }, [
              "redirect",
              "token",
              "user",
            ]),
            object({ twoFactorRedirect: { const: true } }),
          ],
        },
        example: { redirect: false, token: "Zk3n9QpX1sVbT7wL", user: exampleUser },
      },
    }),
  },
  "/api/v1/auth/sign-out": {
    post: route({
      id: "signOut",
      summary: "Ends the session.",
      signedIn: true,
      answer: { schema: object({ success: { type: "boolean" } }), example: { success: true } },
    }),
  },
  "/api/v1/auth/get-session": {
    get: route({
      id: "getSession",
      summary: "The caller's session and account; `null` without one.",
      answer: { schema: { anyOf: [object({ session, user }), { type: "null" }] } },
    }),
  },
  "/api/v1/auth/token": {
    get: route({
      id: "getToken",
      summary: "A short-lived JWT for the session.",
      signedIn: true,
      answer: { schema: object({ token: text }) },
    }),
  },
  "/api/v1/auth/jwks": {
    get: route({
      id: "getKeys",
      summary: "The public keys that JWTs are checked with (RFC 7517).",
      answer: {
        schema: object({ keys: { type: "array", items: { type: "object", additionalProperties: true } } }),
        example: {
          keys: [{ kty: "OKP", crv: "Ed25519", alg: "EdDSA", kid: "c1", x: "11qYAYKxCrfVS_7TyWQHOg" }],
        },
      },
    }),
  },
  "/api/v1/auth/send-verification-email": {
    post: route({
      id: "sendVerificationEmail",
      summary: "Sends the message with the verification link again.",
      body: {
        schema: object({ email, callbackURL: text }, ["email"]),
        example: { email: credentials.email },
      },
      answer: { schema: status, example: { status: true } },
    }),
  },
  "/api/v1/auth/verify-email": {
    get: route({
      id: "verifyEmail",
      summary: "Verifies an e-mail address with the token from the message.",
      query: [
        { name: "token", in: "query", required: true, schema: text },
        { name: "callbackURL", in: "query", schema: text },
      ],
      answer: {
        schema: object({ status: { type: "boolean" }, user: { anyOf: [user, { type: "null" }] } }, [
          "status",
        ]),
        example: { status: true, user: null },
      },
    }),
  },
  "/api/v1/auth/request-password-reset": {
    post: route({
      id: "requestPasswordReset",
      summary: "Sends a message with a link to choose a new password.",
      description: "The answer is the same whether or not the address is known.",
      body: { schema: object({ email, redirectTo: text }, ["email"]), example: { email: credentials.email } },
      answer: {
        schema: object({ status: { type: "boolean" }, message: text }, ["status"]),
        example: {
          status: true,
          message: "If this email exists in our system, check your email for the reset link",
        },
      },
    }),
  },
  "/api/v1/auth/reset-password": {
    post: route({
      id: "resetPassword",
      summary: "Sets a new password with the token from the message.",
      body: {
        schema: object({ newPassword: password, token: text }),
        example: { newPassword: "a better horse battery staple", token: "b8Xq2LkV" },
      },
      answer: { schema: status, example: { status: true } },
    }),
  },
  "/api/v1/auth/change-password": {
    post: route({
      id: "changePassword",
      summary: "Changes the caller's password.",
      signedIn: true,
      body: {
        schema: object(
          { currentPassword: password, newPassword: password, revokeOtherSessions: { type: "boolean" } },
          ["currentPassword", "newPassword"],
        ),
        example: {
          currentPassword: credentials.password,
          newPassword: "a better horse battery staple",
          revokeOtherSessions: true,
        },
      },
      answer: {
        schema: object({ token: { type: ["string", "null"] }, user }),
        example: { token: "Zk3n9QpX1sVbT7wL", user: exampleUser },
      },
    }),
  },
  "/api/v1/auth/list-sessions": {
    get: route({
      id: "listSessions",
      summary: "The caller's sessions.",
      signedIn: true,
      answer: { schema: { type: "array", items: session } },
    }),
  },
  "/api/v1/auth/revoke-session": {
    post: route({
      id: "revokeSession",
      summary: "Ends one of the caller's sessions.",
      signedIn: true,
      body: { schema: object({ token: text }), example: { token: "Zk3n9QpX1sVbT7wL" } },
      answer: { schema: status, example: { status: true } },
    }),
  },
  "/api/v1/auth/two-factor/enable": {
    post: route({
      id: "enableTwoFactor",
      summary: "Prepares a second factor: a key for an authenticator app, and backup codes.",
      description: "It counts from the first code that `/api/v1/auth/two-factor/verify-totp` accepts.",
      signedIn: true,
      body: { schema: object({ password }), example: { password: credentials.password } },
      answer: {
        schema: object({ totpURI: text, backupCodes: { type: "array", items: text } }),
        example: {
          totpURI: "otpauth://totp/Axion:ada@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Axion",
          backupCodes: ["Qx4nD-7hPzK"],
        },
      },
    }),
  },
  "/api/v1/auth/two-factor/verify-totp": {
    post: route({
      id: "verifyTotp",
      summary: "Completes signing in, or setting up the second factor, with a code of the authenticator app.",
      body: {
        schema: object({ code: text, trustDevice: { type: "boolean" } }, ["code"]),
        example: { code: "492039" },
      },
      answer: {
        schema: object({ token: text, user }),
        example: { token: "Zk3n9QpX1sVbT7wL", user: exampleUser },
      },
    }),
  },
  "/api/v1/auth/two-factor/disable": {
    post: route({
      id: "disableTwoFactor",
      summary: "Takes the second factor away.",
      signedIn: true,
      body: { schema: object({ password }), example: { password: credentials.password } },
      answer: { schema: status, example: { status: true } },
    }),
  },
};
