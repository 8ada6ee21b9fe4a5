import { createHash } from "node:crypto";
import type postgres from "postgres";

/** Records of one batch, as a job tells of them. */
const recordsInBatch = 500;
/** Ordering keys that the single conversions are spread over. */
const keys = 40;

/** What is published, and what is to be found afterwards. */
export interface EventLoad {
  tenantId: string;
  ruleId: string;
  /** Each is written in one transaction. */
  transactions: Message[][];
  /** Conversions that the events tell of. */
  conversions: number;
  /** Conversions that failed one by one: each is a notification. */
  failures: number;
}

interface Message {
  eventId: string;
  orderingKey: string;
  type: string;
  event: Record<string, unknown>;
  [envelope: string]: unknown;
}

/** `conversions` conversions: four fifths in batches of a job, the rest one by one, half of which fail. */
export function eventLoad(conversions: number, seed: number): EventLoad {
  const tenantId = idOf(`tenant/${seed}`);
  const ruleId = idOf(`rule/${seed}`);
  const batches = Math.floor((conversions * 0.8) / recordsInBatch);
  const singles = conversions - batches * recordsInBatch;
  const shared = { ruleId, ruleVersion: 1, sourceEntity: "leads", targetEntity: "customers" };
  const author = { conversionType: "manual", performedBy: "ada" };
  const messageOf = (
    name: string,
    orderedBy: string,
    event: { type: string; [field: string]: unknown },
  ): Message => ({
    eventId: idOf(`${seed}/${name}`),
    correlationId: name,
    causationId: name,
    userId: "ada",
    tenantId,
    time: new Date().toISOString(),
    orderingKey: `${tenantId}:${orderedBy}`,
    type: event.type,
    event,
  });
  const transactions: Message[][] = [];
  for (let batch = 0; batch < batches; batch++) {
    const records = Array.from({ length: recordsInBatch }, (_, at) => ({
      sourceRecordId: `b${batch}-${at}`,
      targetRecordId: `t${batch}-${at}`,
      outcome: "converted",
    }));
    const event = {
      type: "records-converted",
      jobId: idOf(`job/${seed}`),
      batch,
      ...shared,
      ...author,
      records,
    };
    transactions.push([messageOf(`batch-${batch}`, "job", event)]);
  }
  for (let at = 0; at < singles; at++) {
    const record = { ...shared, ...author, sourceRecordId: `s${at}` };
    const event =
      at % 2 === 0
        ? { type: "conversion-failed", ...record, error: "no such country", errorCode: "lookup_missed" }
        : {
            type: "entity-converted",
            ...record,
            targetRecordId: `t${at}`,
            outcome: "converted",
            fieldMappings: {},
          };
    transactions.push([messageOf(`single-${at}`, `key-${at % keys}`, event)]);
  }
  return { tenantId, ruleId, transactions, conversions, failures: Math.ceil(singles / 2) };
}

/**
 * Writes one transaction of the load into an outbox, as a service does. A mark in the same transaction tells whether it
 * was committed when nobody lived to hear of it.
 */
export async function publish(sql: postgres.Sql, load: EventLoad, at: number): Promise<void> {
  await sql.begin(async (tx) => {
    const marked = await tx`insert into loss_marks (at) values (${at}) on conflict do nothing returning at`;
    if (marked.length === 0) return;
    for (const message of load.transactions[at]!) {
      await tx`
        insert into outbox (topic, ordering_key, message)
        values ('conversion-events', ${message.orderingKey}, ${tx.json(message as never)})`;
    }
    await tx`select pg_notify('axion_outbox', '')`;
  });
}

function idOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
