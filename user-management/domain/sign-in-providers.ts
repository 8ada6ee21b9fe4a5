import { z } from "zod";

const credentials = { clientId: z.string().min(1), clientSecret: z.string().min(1) };

const providersSchema = z.strictObject({
  google: z.strictObject(credentials).optional(),
  github: z.strictObject(credentials).optional(),
  microsoft: z.strictObject({ ...credentials, tenantId: z.string().optional() }).optional(),
  gitlab: z.strictObject({ ...credentials, issuer: z.url().optional() }).optional(),
  oidc: z
    .array(
      z.strictObject({
        ...credentials,
        providerId: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/),
        discoveryUrl: z.url(),
        scopes: z.array(z.string()).default(["openid", "profile", "email"]),
      }),
    )
    .max(20)
    .default([]),
});

/** Providers that people may sign in with beside e-mail and password. */
export type SignInProviders = z.infer<typeof providersSchema>;

/** Reads the secret `SignInProviders`: JSON, by provider. Unset means none. */
export function parseProviders(value: string | undefined): SignInProviders {
  if (value === undefined) return { oidc: [] };
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch (cause) {
    throw new Error("Secret SignInProviders: expected JSON.", { cause });
  }
  const result = providersSchema.safeParse(parsed);
  if (!result.success) throw new Error(`Secret SignInProviders: ${z.prettifyError(result.error)}`);
  return result.data;
}
