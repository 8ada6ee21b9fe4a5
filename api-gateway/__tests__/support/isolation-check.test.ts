import { describe, expect, it } from "vitest";
import type { ApiDocument, Operation } from "./api-document.js";
import type { Answer, Call } from "./call.js";
import { type Ask, problemsOf, questionsAbout } from "./isolation-check.js";
import type { TenantWorld } from "./tenant-world.js";

const getRule: Operation = {
  name: "getRule",
  method: "GET",
  path: "/api/v1/conversion/rules/{ruleId}",
  parameters: [{ name: "ruleId", in: "path", required: true, schema: { type: "string" } }],
  answers: {},
  secured: true,
  raw: false,
};
const api: ApiDocument = { operations: [getRule], components: {}, document: {} };

const ourRule = "11111111-1111-4111-8111-111111111111";
const theirRule = "22222222-2222-4222-8222-222222222222";
const theirJob = "33333333-3333-4333-8333-333333333333";

const world = (marker: string, ruleId: string, known: string[]): TenantWorld => ({
  tenantId: marker,
  callers: [{ role: "owner", headers: {} }],
  marker,
  ids: { ruleId },
  known: new Set([ruleId, ...known]),
  bodies: {},
});
const tenants = {
  ours: world("marker-of-ours", ourRule, []),
  theirs: world("marker-of-theirs", theirRule, [theirJob]),
};

const answer = (status: number, json: unknown): Answer => ({
  status,
  headers: new Headers(),
  text: JSON.stringify(json),
  json,
});
const notFound = (path: string) => answer(404, { code: "not_found", message: `No rule ${path}.` });

/** What the check says of a server whose answer to their rule is `leaking`, and which knows no other. */
async function problemsWith(leaking: (asked: Call) => Answer): Promise<string[]> {
  const ask: Ask = async (asked) =>
    asked.path.endsWith(theirRule) ? leaking(asked) : notFound(asked.path.split("/").at(-1)!);
  const [question] = questionsAbout(api, tenants);
  return await problemsOf(question!, tenants, tenants.ours.callers[0]!, ask);
}

describe("the check of isolation", () => {
  it("asks with the other tenant's id in every place", () => {
    expect(questionsAbout(api, tenants).map(({ filling }) => [...filling.values()])).toEqual([[theirRule]]);
  });

  it("has nothing to say where the id is answered like a missing one", async () => {
    expect(await problemsWith(() => notFound(theirRule))).toEqual([]);
  });

  it.each<[string, Answer]>([
    ["the other tenant's data", answer(200, { id: theirRule, description: "marker-of-theirs" })],
    ["an id of the other tenant that nobody asked for", answer(404, { code: "not_found", job: theirJob })],
    ["another status than for a missing id", answer(403, { code: "permission_denied", message: "No." })],
    ["another text than for a missing id", answer(404, { code: "not_found", message: "Not your rule." })],
    ["success without data", answer(200, {})],
    ["a fault of the server", answer(500, { code: "internal", message: "An internal error occurred." })],
  ])("finds %s", async (_, leaking) => {
    expect(await problemsWith(() => leaking)).not.toEqual([]);
  });
});
