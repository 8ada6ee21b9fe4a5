import fc from "fast-check";
import type { Operation } from "./api-document.js";
import type { Call } from "./call.js";
import { requestOf } from "./requests.js";
import type { TenantWorld } from "./tenant-world.js";

const deep = (depth: number): unknown => JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`);

/** Texts that have broken programs before. */
const text = fc.oneof(
  fc.constantFrom(
    ...["", " ", "\u0000", "a\u0000b", "\ud800", "x\udc00y", "\ufffe", "\u202e", "__proto__", "constructor"],
    ...["toString", "hasOwnProperty", "'; drop table x; --", '"', "\\", "$1", "%", "_", "../../etc/passwd"],
    ...["null", "undefined", "NaN", "-1", "1e400", "true", "0x10", "2026-02-30T25:61:61Z", "+275760-09-14"],
    ...["x".repeat(300), "x".repeat(70_000), "é".repeat(5_000), "🙂", "\r\nx-injected: 1", "{{7*7}}", "#{x}"],
    "00000000-0000-0000-0000-000000000000",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
);

const number = fc.constantFrom(
  ...[0, -1, 1, 0.5, 2 ** 31, 2 ** 53, -(2 ** 63), 1e21, 1e308, Number.MIN_VALUE, 1_000_000_007],
);

/** Values of every type, most of them where they do not belong. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 6, arbitrary: text },
  { weight: 3, arbitrary: number },
  fc.constantFrom<unknown>(null, true, false, [], {}, [null], [[]], deep(60), deep(1_000)),
  fc.constant(
    JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
  ),
  fc.array(text, { maxLength: 3 }),
  fc.dictionary(text, text, { maxKeys: 3 }),
  fc.constant(Array.from({ length: 6_000 }, (_, id) => ({ id }))),
);

/** Bodies that are no JSON, or none that the operation knows. */
const brokenBody = fc.constantFrom(
  ...[
    "{",
    "[1,",
    "nul",
    "'a'",
    "\u0000",
    "\ufeff{}",
    '{"a":1}{"b":2}',
    '{"id":1,"id":2}',
    "",
    "[]",
    '"text"',
  ],
  ...[
    "null",
    "1e999",
    "{}",
    '{"\\ud800": "\\ud800"}',
    `${"[".repeat(100_000)}`,
    `{"a":${"[".repeat(20_000)}`,
  ],
);

const contentType = fc.constantFrom(
  ...[
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/xml",
    "",
    "json",
  ],
  ...["application/json; charset=utf-16", "application/json; charset=nonsense", "application/octet-stream"],
);

const brokenQuery = fc.constantFrom(
  ...[
    "%",
    "%zz=%zz",
    "%00=%00",
    "limit=%ff%fe",
    "a[b]=c",
    "__proto__=x",
    "limit=1&limit=2",
    "&&&=",
    "limit=",
  ],
  ...[
    "limit=-1",
    "limit=1e9",
    "limit=0.5",
    "limit=999999999999999999999",
    "cursor=%00",
    "cursor=eyJ9",
    "limit=1%00",
  ],
  ...["cursor=W10", "cursor=bnVsbA", "cursor=e30", "cursor=WyJcdTAwMDAiXQ", "sort=;--", "sort=-__proto__"],
);

/** Requests to one operation: valid ones, and ones with something wrong in path, query or body. */
export function nastyRequests(operation: Operation, world: TenantWorld): fc.Arbitrary<Call> {
  const valid = requestOf(operation, world);
  const parameters = operation.parameters.filter((parameter) => parameter.in !== "cookie");
  const kinds: fc.Arbitrary<Call>[] = [
    fc.constant(valid),
    brokenQuery.map((query) => withQuery(valid, query)),
  ];
  if (operation.path.includes("{"))
    kinds.push(
      fc
        .array(fc.oneof(text, fc.constantFrom("%", "%zz", "%00", "%c0%ae", "..%2f..", ";")))
        .map((values) => ({
          ...valid,
          path: fillPath(operation.path, world, values),
        })),
    );
  const queries = parameters.filter((parameter) => parameter.in === "query");
  if (queries.length > 0)
    kinds.push(
      fc
        .array(fc.tuple(fc.constantFrom(...queries.map(({ name }) => name)), text), {
          minLength: 1,
          maxLength: 3,
        })
        .map((pairs) => withQuery(valid, pairs.map((pair) => pair.map(encode).join("=")).join("&"))),
    );
  if (operation.body !== undefined) {
    kinds.push(
      fc.tuple(fc.nat(), value).map(([at, inner]) => ({ ...valid, body: replaced(valid.body, at, inner) })),
      fc.tuple(fc.nat(), value).map(([at, inner]) => ({ ...valid, body: replaced(valid.body, at, inner) })),
      fc
        .tuple(fieldOf(operation), value)
        .map(([name, inner]) => ({ ...valid, body: withField(valid.body, name, inner) })),
      fc.tuple(text, value).map(([name, inner]) => ({ ...valid, body: withField(valid.body, name, inner) })),
      brokenBody.map((body) => ({ ...valid, body })),
      contentType.map((type) => ({ ...valid, headers: { "content-type": type } })),
      value.map((body) => ({ ...valid, body: JSON.stringify(body) })),
    );
  }
  return fc.oneof(...kinds);
}

function fieldOf({ body }: Operation): fc.Arbitrary<string> {
  const names = Object.keys((body?.properties ?? {}) as object);
  return fc.constantFrom("tenantId", ...names);
}

function fillPath(template: string, world: TenantWorld, values: string[]): string {
  const left = [...values];
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const given = left.shift();
    if (given === undefined) return encodeURIComponent(world.ids[name] ?? "none");
    return /^(%|\.\.%|;)/.test(given) ? given : encode(given) || "%20";
  });
}

const encode = (raw: string): string => encodeURIComponent(raw.toWellFormed().slice(0, 500));

function withQuery(call: Call, query: string): Call {
  return { ...call, path: `${call.path}${call.path.includes("?") ? "&" : "?"}${query}` };
}

function withField(body: unknown, name: string, inner: unknown): unknown {
  const copy = structuredClone(body) as Record<string, unknown>;
  // Not an assignment: that of `__proto__` would not make a field.
  Object.defineProperty(copy, name, { value: inner, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** The body with one of its nodes, the `at`-th in order and around, replaced. */
function replaced(body: unknown, at: number, inner: unknown): unknown {
  const copy = structuredClone(body);
  const places: { holder: Record<string, unknown>; key: string }[] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    for (const key of Object.keys(node)) {
      places.push({ holder: node as Record<string, unknown>, key });
      walk((node as Record<string, unknown>)[key]);
    }
  };
  walk(copy);
  if (places.length === 0) return inner;
  const { holder, key } = places[at % places.length]!;
  holder[key] = inner;
  return copy;
}
