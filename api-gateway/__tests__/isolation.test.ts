import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApiDocument, type Operation, readApi } from "./support/api-document.js";
import { type Answer, type Call, call } from "./support/call.js";
import { newOrganization } from "./support/callers-over-http.js";
import { type Filling, requestOf, type Slot, slotsOf } from "./support/requests.js";
import { type StartedApp, startApp } from "./support/started-app.js";
import { buildWorld, collectIds, type TenantWorld } from "./support/tenant-world.js";

const concurrency = 8;
const settlesWithinMs = 20_000;
/** Fields that differ from one reading to the next. */
const changing = new Set([
  "lastUsedAt",
  "lastRequest",
  "updatedAt",
  "generatedAt",
  "milliseconds",
  "uptimeSeconds",
]);

let app: StartedApp;
let api: ApiDocument;
/** The tenant whose members call, and the one whose ids they have got hold of. */
let ours: TenantWorld;
let theirs: TenantWorld;
let before: Record<string, unknown>;

beforeAll(async () => {
  [app, api] = await Promise.all([startApp(), readApi()]);
  ours = await buildWorld(app.url, await newOrganization(app.url, "ours"), {
    marker: "marker-of-ours-71c2",
    entity: "people",
    recordId: 1,
  });
  theirs = await buildWorld(app.url, await newOrganization(app.url, "theirs"), {
    marker: "marker-of-theirs-9d4e",
    entity: "persons",
    recordId: 9001,
  });
  for (const id of ours.known) theirs.known.delete(id);
  before = await settledDataOf(theirs);
});

afterAll(() => app?.stop());

/** All that a tenant's owner can read, but for what reading itself changes. */
async function everythingOf(world: TenantWorld): Promise<Record<string, unknown>> {
  const everything: Record<string, unknown> = {};
  await each(reads(), async (operation) => {
    const answer = await call(app.url, {
      ...requestOf(operation, world),
      headers: world.callers[0]!.headers,
    });
    everything[operation.name] = JSON.parse(answer.text, (key, value) =>
      changing.has(key) ? undefined : value,
    );
  });
  return everything;
}

/** The same, once what was begun in the background has arrived. */
async function settledDataOf(world: TenantWorld): Promise<Record<string, unknown>> {
  const deadline = Date.now() + settlesWithinMs;
  for (let last = ""; ; ) {
    const everything = await everythingOf(world);
    const text = JSON.stringify(Object.entries(everything).sort());
    if (text === last) return everything;
    if (Date.now() > deadline) throw new Error("the tenant's data does not come to rest");
    last = text;
    await wait(500);
  }
}

const reads = (): Operation[] => api.operations.filter(({ method, secured }) => method === "GET" && secured);

async function each<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
    }),
  );
}

/** What an answer gives away of the other tenant: its marker, or an id that was not in the question. */
function leaks({ text }: Answer, asked: Call): string[] {
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
function comparable({ status, text, json }: Answer, ids: string[]): unknown {
  if (status < 300 && typeof json === "object") return { status };
  const anonymous = ids.reduce((body, id) => body.replaceAll(id, "ID"), text);
  return { status, anonymous };
}

/** Fillings that put their ids into one slot, and into all slots at once. */
function fillings(slots: Slot[]): Filling[] {
  const foreign = (slot: Slot): string[] => {
    const known = theirs.ids[slot.name];
    return known !== undefined ? [known] : [...theirs.known].slice(0, 12);
  };
  const single = slots.flatMap((slot) => foreign(slot).map((id): Filling => new Map([[slot, id]])));
  if (slots.length < 2) return single;
  return [...single, new Map(slots.map((slot) => [slot, foreign(slot)[0]!]))];
}

/** Reads that find nothing for the owner either, and why. */
const nothingThere: Record<string, string> = {
  getMyInvitation: "only the person who is invited reads an invitation there",
  getTenantDeletion: "nobody asked for the organization's end",
};

describe("a tenant's data", () => {
  it("is there for its own people: what the others ask for in vain does exist", async () => {
    const unanswered: string[] = [];
    let marked = 0;
    await each(reads(), async (operation) => {
      const answer = await call(app.url, {
        ...requestOf(operation, theirs),
        headers: theirs.callers[0]!.headers,
      });
      if (answer.status >= 300 && !(operation.name in nothingThere))
        unanswered.push(`${operation.name}: ${answer.status} ${answer.text}`);
      if (answer.text.includes(theirs.marker)) marked += 1;
    });
    expect(unanswered).toEqual([]);
    expect(marked).toBeGreaterThan(8);
  });

  it("is in no list that another tenant reads", async () => {
    const problems: string[] = [];
    const asked = ours.callers.flatMap((caller) => reads().map((operation) => ({ caller, operation })));
    await each(asked, async ({ caller, operation }) => {
      const request = requestOf(operation, ours);
      const answer = await call(app.url, { ...request, headers: caller.headers });
      for (const leak of leaks(answer, request))
        problems.push(`${operation.name} as ${caller.role}: ${leak}`);
      if (answer.status >= 500) problems.push(`${operation.name} as ${caller.role}: ${answer.status}`);
    });
    expect(problems).toEqual([]);
  });

  it("is in no answer to anyone of another tenant, and its ids are answered like missing ones", async () => {
    const problems: string[] = [];
    const questions = api.operations
      .filter(({ secured }) => secured)
      .flatMap((operation) =>
        fillings(slotsOf(operation, ours, api.components)).map((filling) => ({ operation, filling })),
      );
    expect(questions.length).toBeGreaterThan(50);
    const asked = ours.callers.flatMap((caller) => questions.map((question) => ({ caller, ...question })));
    await each(asked, async ({ caller, operation, filling }) => {
      const standIns = new Map([...new Set(filling.values())].map((id) => [id, missingLike(id)]));
      const missing: Filling = new Map([...filling].map(([slot, id]) => [slot, standIns.get(id)!]));
      const foreignCall = { ...requestOf(operation, ours, filling), headers: caller.headers };
      const missingCall = { ...requestOf(operation, ours, missing), headers: caller.headers };
      const foreign = await call(app.url, foreignCall);
      const absent = await call(app.url, missingCall);
      const where = `${operation.name} as ${caller.role}, ${[...filling].map(([slot, id]) => `${slot.name}=${id}`)}`;
      for (const leak of leaks(foreign, foreignCall)) problems.push(`${where}: gives away ${leak}`);
      if (foreign.status >= 500) problems.push(`${where}: ${foreign.status} ${foreign.text}`);
      const ids = [...filling.values(), ...missing.values()];
      const [one, other] = [comparable(foreign, ids), comparable(absent, ids)].map((part) =>
        JSON.stringify(part),
      );
      if (one !== other) problems.push(`${where}: ${one} but a missing one ${other}`);
    });
    expect(problems).toEqual([]);
  });

  it("is as it was after all that the others tried", async () => {
    expect(await everythingOf(theirs)).toEqual(before);
  });

  it("is for nobody without a credential", async () => {
    const problems: string[] = [];
    await each(
      api.operations.filter(({ secured }) => secured),
      async (operation) => {
        const answer = await call(app.url, requestOf(operation, theirs));
        const { code } = (answer.json ?? {}) as { code?: string };
        if (answer.status !== 401 || code !== "unauthenticated")
          problems.push(`${operation.name}: ${answer.status} ${answer.text}`);
      },
    );
    expect(problems).toEqual([]);
  });
});
