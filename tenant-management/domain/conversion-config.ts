import { eq } from "drizzle-orm";
import { APIError } from "encore.dev/api";
import { withTenant } from "../../shared/tenancy/with-tenant.js";
import type { Db } from "../db.js";
import { conversionConfigs } from "../schema.js";
import type { ConversionConfig, UpdateConversionConfigRequest } from "../types.js";
import { tellOfTenant } from "./tenant-events.js";

/** What applies where a tenant has set nothing: a rule that is automatic and active is meant to run. */
export const defaultConversionConfig = { automaticConversion: true, batchSize: 2_500, maxConcurrentJobs: 2 };

/** The tenant's conversion settings, defaults included. */
export async function getConversionConfig(db: Db, tenantId: string): Promise<ConversionConfig> {
  return await withTenant(db, tenantId, (tx) => readConfig(tx, tenantId));
}

/** Changes the settings that are given. Throws `invalidArgument` for a value out of bounds. */
export async function updateConversionConfig(
  db: Db,
  change: UpdateConversionConfigRequest & { updatedBy: string },
): Promise<ConversionConfig> {
  requireWithin("batchSize", change.batchSize, 1, 5_000);
  requireWithin("maxConcurrentJobs", change.maxConcurrentJobs, 1, 20);
  const { tenantId, updatedBy } = change;
  return await withTenant(db, tenantId, async (tx) => {
    const before = await readConfig(tx, tenantId);
    const settings = {
      automaticConversion: change.automaticConversion,
      batchSize: change.batchSize,
      maxConcurrentJobs: change.maxConcurrentJobs,
    };
    await tx
      .insert(conversionConfigs)
      .values({ ...defaultConversionConfig, ...withoutUndefined(settings), tenantId, updatedBy })
      .onConflictDoUpdate({
        target: conversionConfigs.tenantId,
        set: { ...settings, updatedBy, updatedAt: new Date() },
      });
    const after = await readConfig(tx, tenantId);
    await tellOfTenant(
      tx,
      { tenantId, userID: updatedBy },
      {
        event: { type: "tenant-updated", changed: "conversion-config" },
        action: "conversion-config-updated",
        details: { before: told(before), after: told(after) },
      },
    );
    return after;
  });
}

function told({ automaticConversion, batchSize, maxConcurrentJobs }: ConversionConfig) {
  return { automaticConversion, batchSize, maxConcurrentJobs };
}

async function readConfig(tx: Db, tenantId: string): Promise<ConversionConfig> {
  const [row] = await tx.select().from(conversionConfigs).where(eq(conversionConfigs.tenantId, tenantId));
  return row ?? { tenantId, ...defaultConversionConfig };
}

function requireWithin(field: string, value: number | undefined, min: number, max: number): void {
  if (value !== undefined && (!Number.isInteger(value) || value < min || value > max)) {
    throw APIError.invalidArgument(`${field}: must be a whole number from ${min} to ${max}.`);
  }
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
