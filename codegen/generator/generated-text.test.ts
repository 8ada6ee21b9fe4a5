import fc from "fast-check";
import { expect, it } from "vitest";
import { generateProject } from "./generate-project.js";
import { checkModel } from "./model/check-model.js";

/** What ends comments, texts, templates, tables and lines somewhere. */
const hostile = fc
  .array(
    fc.constantFrom(
      "*/",
      "/*",
      "`",
      "${process.exit()}",
      "{{name}}",
      "{{{json}}}",
      "\n",
      "\r",
      "\u2028",
      "\u2029",
      '"',
      "'",
      "\\",
      "</script>",
      "<!--",
      "|",
      "#",
      "$(rm)",
      "\0",
      "\u202e",
      "//",
      "INJECTED()",
      "\nRUN INJECTED",
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

const model = (text: string) => ({
  name: "hostile",
  description: text,
  services: [
    {
      name: "things",
      description: text,
      port: 3001,
      visibility: "public",
      entities: [
        { name: "Thing", description: text, fields: [{ name: "title", description: text, type: "string" }] },
      ],
      operations: [
        {
          name: "sell",
          description: text,
          input: [{ name: "price", description: text, type: "decimal" }],
        },
      ],
    },
    { name: "callers", port: 3002, dependsOn: ["things"] },
  ],
});

/** A text without its comments, strings and templates, as far as what INJECTED stands in is concerned. */
function codeOf(typescript: string): string {
  return typescript
    .replaceAll(/\/\*[\s\S]*?\*\//g, "")
    .replaceAll(/"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|'(?:[^'\\\n]|\\.)*'/g, '""')
    .replaceAll(/\/\/.*/g, "");
}

it("takes descriptions as texts, whatever stands in them", { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const { model: checked } = checkModel(model(text));
      for (const file of generateProject(checked!)) {
        if (/\.(ts|mjs)$/.test(file.path)) {
          expect(codeOf(file.text), file.path).not.toContain("INJECTED");
        } else if (file.path.endsWith(".json")) JSON.parse(file.text);
        else if (/Dockerfile$|\.ya?ml$/.test(file.path)) {
          expect(file.text, file.path).not.toMatch(/^\s*RUN INJECTED/m);
        }
      }
    }),
    { numRuns: 5 },
  );
});

it("refuses names that could leave their folder or become code", () => {
  const names = [
    "../up",
    "a/b",
    "__proto__",
    "a'b",
    'a"b',
    "a;drop table",
    "{{a}}",
    "раypal",
    "a\nb",
    "a b",
    "${a}",
  ];
  for (const name of names) {
    const given = model("");
    const refused = [
      { ...given, name },
      { ...given, services: [{ ...given.services[0], name }] },
      {
        ...given,
        services: [{ name: "a", port: 3001, entities: [{ name, fields: [{ name: "a", type: "text" }] }] }],
      },
      {
        ...given,
        services: [{ name: "a", port: 3001, entities: [{ name: "A", fields: [{ name, type: "text" }] }] }],
      },
      { ...given, services: [{ name: "a", port: 3001, operations: [{ name }] }] },
    ];
    for (const each of refused) expect(checkModel(each).diagnostics, JSON.stringify(each)).not.toEqual([]);
  }
});

it("refuses names that mean something else in code, and orders that would lose records", () => {
  const codes = (service: object) =>
    checkModel({ services: [{ name: "a", port: 3001, ...service }] }).diagnostics.map(({ code }) => code);
  const fields = [{ name: "title", type: "string" }];
  expect(codes({ operations: [{ name: "parse" }] })).toEqual(["reserved_name"]);
  expect(codes({ entities: [{ name: "Cup", fields }], operations: [{ name: "createCup" }] })).toEqual([
    "name_taken",
  ]);
  expect(
    codes({
      entities: [
        { name: "Cup", fields },
        { name: "CupPage", fields },
      ],
    }),
  ).toEqual(["name_taken"]);
  expect(codes({ entities: [{ name: "Cup", fields, sort: ["title"] }] })).toEqual(["nullable_sort"]);
});
