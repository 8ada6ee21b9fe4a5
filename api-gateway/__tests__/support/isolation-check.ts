import { randomUUID } from "node:crypto";
import type { ApiDocument, Operation } from "./api-document.js";
import type { Answer, Call } from "./call.js";
import type { Caller } from "./callers-over-http.js";
import { type Filling, requestOf, type Slot, slotsOf } from "./requests.js";
import { collectIds, idIn, type TenantWorld } from "./tenant-world.js";

/** An operation, and where in its request ids of the other tenant stand. */
export interface Question {
  operation: Operation;
  filling: Filling;
}

/** Whose members call, and the tenant whose ids they have got hold of. */
export interface Tenants {
  ours: TenantWorld;
  theirs: TenantWorld;
}

/** Sends a request and answers what came. */
export type Ask = (request: Call) => Promise<Answer>;

/** Parts of requests that are words of the API, or the caller's own as a key is, not ids of somebody's. */
const words = new Set(["channel", "eventType", "idempotencyKey", "language", "version"]);

/** Every operation that asks for a credential, with an id of theirs in each place, and in all places at once. */
export function questionsAbout(api: ApiDocument, { ours, theirs }: Tenants): Question[] {
  return api.operations
    .filter(({ secured }) => secured)
    .flatMap((operation) =>
      fillings(
        operation,
        slotsOf(operation, ours, api.components).filter(({ name }) => !words.has(name)),
        theirs,
      ).map((filling) => ({ operation, filling })),
    );
}

function fillings(operation: Operation, slots: Slot[], theirs: TenantWorld): Filling[] {
  const foreign = (slot: Slot): string[] => {
    const known = idIn(theirs, operation, slot.name);
    return known !== undefined ? [known] : [...theirs.known].slice(0, 4);
  };
  const single = slots.flatMap((slot) => foreign(slot).map((id): Filling => new Map([[slot, id]])));
  if (slots.length < 2) return single;
  return [...single, new Map(slots.map((slot) => [slot, foreign(slot)[0]!]))];
}

/**
 * What is wrong with the answers to a question: something of theirs in it, a fault of the server, or a difference
 * between an id of theirs and one that nobody has.
 */
export async function problemsOf(
  { operation, filling }: Question,
  { ours, theirs }: Tenants,
  caller: Caller,
  ask: Ask,
): Promise<string[]> {
  const standIns = new Map([...new Set(filling.values())].map((id) => [id, missingLike(id)]));
  const missing: Filling = new Map([...filling].map(([slot, id]) => [slot, standIns.get(id)!]));
  const foreignCall = { ...requestOf(operation, ours, filling), headers: caller.headers };
  const missingCall = { ...requestOf(operation, ours, missing), headers: caller.headers };
  const foreign = await ask(foreignCall);
  const absent = await ask(missingCall);
  const where = `${operation.name} as ${caller.role}, ${[...filling].map(([slot, id]) => `${slot.name}=${id}`)}`;
  const problems = leaksIn(foreign, foreignCall, theirs).map((leak) => `${where}: gives away ${leak}`);
  if (foreign.status >= 500) problems.push(`${where}: ${foreign.status} ${foreign.text}`);
  const ids = [...filling.values(), ...missing.values()];
  const [one, other] = [comparable(foreign, ids), comparable(absent, ids)];
  if (one !== other) problems.push(`${where}: ${one} but a missing one ${other}`);
  return problems;
}

/** What an answer gives away of a tenant: its marker, or an id that was not in the question. */
export function leaksIn({ text }: Answer, asked: Call, theirs: TenantWorld): string[] {
  const question = `${asked.path} ${JSON.stringify(asked.body ?? "")}`;
  const found = new Set<string>();
  collectIds(tryParse(text), found);
  const ids = [...found].filter((id) => theirs.known.has(id) && !question.includes(id));
  return text.includes(theirs.marker) ? [theirs.marker, ...ids] : ids;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An id of the same form that nobody has. */
function missingLike(id: string): string {
  if (/^[0-9a-f-]{36}$/.test(id)) return randomUUID();
  if (/^\d+$/.test(id)) return String(Number(id) + 1_000);
  return `${id.slice(0, -3)}zzz`;
}

/** What may not differ between "not yours" and "does not exist". */
function comparable({ status, text, json }: Answer, ids: string[]): string {
  if (status < 300 && typeof json === "object") return JSON.stringify({ status });
  const anonymous = ids.reduce((body, id) => body.replaceAll(id, "ID"), text);
  return JSON.stringify({ status, anonymous });
}
