import { setTimeout as delay } from "node:timers/promises";
import { appMeta } from "encore.dev";
import { APIError } from "encore.dev/api";
import log from "encore.dev/log";
import { tenant_management } from "~encore/clients";
import { isLocalDevelopment } from "../shared/environment.js";
import { db } from "./db.js";
import { signToken } from "./domain/tokens.js";
import { ensureUser } from "./domain/users.js";
import { tokenSigningKey } from "./token-key.js";
import type { DevelopmentToken } from "./types.js";

const demoTenant = "demo";
const lifetimeDays = 30;

/**
 * A token with all permissions in the tenant `slug`, which is created where there is none. Outside local development
 * there is no such thing: throws `notFound`.
 */
export async function issueDevelopmentToken(slug = demoTenant): Promise<DevelopmentToken> {
  if (!isLocalDevelopment()) throw APIError.notFound("Development tokens exist in local development only.");
  const tenant = await tenant_management.ensureTenant({ slug });
  const user = await ensureUser(db, {
    tenantId: tenant.id,
    email: `developer@${slug}.invalid`,
    name: "Developer",
    role: "owner",
  });
  const expiresAt = new Date(Math.floor(Date.now() / 1000) * 1000 + lifetimeDays * 24 * 60 * 60 * 1000);
  const token = await signToken(await tokenSigningKey(), { userId: user.id, tenantId: tenant.id, expiresAt });
  return { token, tenant: slug, tenantId: tenant.id, userId: user.id, expiresAt };
}

/** Logs a development token once the services answer; gives up after a minute, saying why. */
async function announceDevelopmentToken(): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const { token, tenant } = await issueDevelopmentToken();
      log.info(`development token for tenant ${tenant}: ${token}`);
      return;
    } catch (error) {
      if (attempt === 120) {
        log.error(error, "no development token could be made; POST /api/v1/auth/development-token makes one");
        return;
      }
      await delay(500);
    }
  }
}

if (isLocalDevelopment() && appMeta().environment.type === "development") void announceDevelopmentToken();
