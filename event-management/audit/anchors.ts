import { Bucket } from "encore.dev/storage/objects";
import { z } from "zod";
import { unlessGone } from "../../shared/storage/unless-gone.js";
import type { ChainPoint, Signature } from "./domain/signatures.js";

/** Signed points of the audit chains, away from the database that they are to prove: one object each. */
const auditAnchors = new Bucket("audit-anchors");

/** Where a chain ended when it was anchored. */
export type Anchor = ChainPoint & Signature;

const anchorSchema = z.object({
  tenantId: z.string(),
  sequence: z.int().positive(),
  hash: z.string(),
  recordedAt: z.string(),
  signature: z.string(),
  keyId: z.string(),
});

/** Buckets list by name: numbers are written from the top down, so that the newest comes first. */
const highest = 10 ** 15;
const folder = (tenantId: string): string => `${encodeURIComponent(tenantId)}/`;
const nameOf = (sequence: number): string => `${String(highest - sequence).padStart(16, "0")}.json`;

/** Keeps an anchor. Nothing changes an anchor that is kept. */
export async function keepAnchor(anchor: Anchor): Promise<void> {
  const key = folder(anchor.tenantId) + nameOf(anchor.sequence);
  if (await auditAnchors.exists(key)) return;
  await auditAnchors.upload(key, Buffer.from(JSON.stringify(anchor)), { contentType: "application/json" });
}

/** The newest anchors of a tenant, newest first, at most `limit`. An unreadable one is left out. */
export async function newestAnchors(tenantId: string, limit: number): Promise<Anchor[]> {
  const anchors: Anchor[] = [];
  for await (const { name } of auditAnchors.list({ prefix: folder(tenantId), limit })) {
    const text = (await auditAnchors.download(name)).toString("utf8");
    const anchor = anchorSchema.safeParse(parse(text));
    if (anchor.success) anchors.push(anchor.data);
  }
  return anchors;
}

/** Removes the tenant's anchors up to a place in its chain; all of them by default. Says how many they were. */
export async function removeAnchors(tenantId: string, through = highest): Promise<number> {
  let removed = 0;
  for await (const { name } of auditAnchors.list({ prefix: folder(tenantId) })) {
    const sequence = highest - Number(name.slice(folder(tenantId).length, -".json".length));
    if (sequence > through) continue;
    await unlessGone(auditAnchors.remove(name));
    removed++;
  }
  return removed;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
