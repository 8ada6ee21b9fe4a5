import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type ApiDocument, type Operation, readApi } from "../support/api-document.js";
import { type Answer, type Call, call } from "../support/call.js";
import { newOrganization } from "../support/callers-over-http.js";
import { nastyRequests } from "../support/nasty-requests.js";
import type { StartedApp } from "../support/started-app.js";
import { buildWorld, type TenantWorld } from "../support/tenant-world.js";

/** `PROPERTY_SEED` repeats a run, `FUZZ_RUNS` sets its length. */
const seed = Number(process.env.PROPERTY_SEED ?? 20_261_121);
const runsPerOperation = Number(process.env.FUZZ_RUNS ?? 40);
const concurrency = 8;

/** Operations that would end the tenant or the caller's access to it, and everything after it with them. */
const left = /^(delete|suspend|leave|transfer|signOut|remove|revoke).*(Tenant|Organization|Member|Session)/;

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats.default(ajv);

/** Each operation gets requests of its own, the same ones in each run. */
const seedOf = ({ name }: Operation): number =>
  [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, seed);

const pointer = (part: string): string => part.replaceAll("~", "~0").replaceAll("/", "~1");

/** What the document says otherwise of a successful answer. */
function mismatch(operation: Operation, answer: Answer): string | undefined {
  const status = Object.keys(operation.answers).find((key) => key === String(answer.status) || key === "2XX");
  if (status === undefined) return `the status ${answer.status} is not in the document`;
  if (operation.answers[status] === undefined) return undefined;
  const at = ["paths", operation.path, operation.method.toLowerCase(), "responses", status, "content"];
  const ref = `api#/${[...at, "application/json", "schema"].map(pointer).map(encodeURIComponent).join("/")}`;
  const validate = ajv.getSchema(ref);
  if (validate === undefined) throw new Error(`the document has nothing at ${ref}`);
  return validate(answer.json) ? undefined : ajv.errorsText(validate.errors);
}

function wrongIn(operation: Operation, answer: Answer): string | undefined {
  if (answer.status >= 500) return "a fault of the server";
  if (answer.status === 429) return "limits stand in the way of this test";
  if (answer.status < 300) return operation.raw ? undefined : mismatch(operation, answer);
  const { code, message } = (answer.json ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code !== "string" || typeof message !== "string") return "an error without code and message";
  return answer.headers.get("content-type")?.startsWith("application/json")
    ? undefined
    : "an error that is not declared as JSON";
}

const shown = ({ method, path, body, headers }: Call): string => {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return `${method} ${path.slice(0, 300)} ${JSON.stringify(headers ?? {})} ${(text ?? "").slice(0, 600)}`;
};

/** Every operation is sent valid and broken requests: its answers are what its document says. */
export function fuzzTests(app: () => StartedApp): void {
  let api: ApiDocument;
  let world: TenantWorld;

  beforeAll(async () => {
    const { url } = app();
    api = await readApi();
    world = await buildWorld(url, await newOrganization(url, "fuzzed"), {
      marker: "marker-of-fuzzed",
      entity: "people",
      recordId: 1,
    });
    ajv.addSchema(api.document, "api");
  });

  describe("the public API", () => {
    it("answers whatever it is sent as its document says, and never with a fault of its own", {
      timeout: 300_000,
    }, async () => {
      const operations = api.operations.filter(({ name }) => !left.test(name));
      const queue = operations.flatMap((operation) =>
        fc
          .sample(nastyRequests(operation, world), { numRuns: runsPerOperation, seed: seedOf(operation) })
          .map((request) => ({ operation, request })),
      );
      const problems = new Map<string, string>();
      let succeeded = 0;
      const work = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
          const { operation, request } = next;
          const headers = {
            "content-type": "application/json",
            ...request.headers,
            ...world.callers[0]!.headers,
          };
          const answer = await call(app().url, { ...request, headers });
          if (answer.status < 300) succeeded += 1;
          const wrong = wrongIn(operation, answer);
          const kind = `${operation.name}: ${answer.status} ${wrong}`;
          if (wrong !== undefined && !problems.has(kind))
            problems.set(kind, `${shown(request)} -> ${answer.text.slice(0, 400)}`);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, work));
      expect(Object.fromEntries(problems)).toEqual({});
      expect(succeeded).toBeGreaterThan(operations.length);
      expect((await call(app().url, { method: "GET", path: "/api/v1/health" })).status).toBe(200);
    });
  });
}
