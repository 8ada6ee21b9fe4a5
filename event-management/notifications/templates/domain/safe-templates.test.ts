import { describe, expect, it } from "vitest";
import type { MailLanguage } from "../../../../shared/events/types.js";
import { defaultTexts } from "./default-texts.js";
import { checkTemplate, fillTemplate, type TemplateValues } from "./safe-templates.js";
import { TemplateProblem } from "./template-check.js";

const values: TemplateValues = {
  type: "job-finished",
  event: { name: "<Ada> & Co", list: ["a", "b"], n: 0 },
};
const text = (source: string) => {
  checkTemplate(source);
  return fillTemplate(source, values, { html: false });
};

describe("a template", () => {
  it("is filled with the event", () => {
    expect(text("{{type}}: {{event.name}}")).toBe("job-finished: <Ada> & Co");
    expect(text("{{#each event.list}}{{@index}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}")).toBe(
      "0a, 1b",
    );
    expect(text('{{#if (eq type "job-finished")}}yes{{else}}no{{/if}}')).toBe("yes");
    expect(text("{{#with event}}{{name}} {{../type}}{{/with}}")).toBe("<Ada> & Co job-finished");
    expect(text("{{#each event.nothing}}x{{else}}none{{/each}}{{event.missing}}")).toBe("none");
  });

  it("is escaped where it is HTML", () => {
    const source = "<p>{{event.name}}</p>";
    expect(fillTemplate(source, values, { html: true })).toBe("<p>&lt;Ada&gt; &amp; Co</p>");
  });

  it.each([
    ["Hello {{event.name", 1, 15],
    ["one\n{{#if type}}x{{/each}}", 2, 4],
    ["one\ntwo {{/if}}", 2, 5],
    [`${"long ".repeat(20)}{{/if}}`, 1, 101],
    ["{{{event.name}}}", 1, 1],
    ["{{&event.name}}", 1, 1],
    ["a\n  {{evnt.name}}", 2, 5],
    ["{{> partial}}", 1, 1],
    ['{{#*inline "x"}}{{/inline}}', 1, 1],
    ['{{lookup event "name"}}', 1, 1],
    ["{{log event}}", 1, 1],
    ["{{#lookup event}}{{/lookup}}", 1, 1],
    ["{{event.constructor}}", 1, 3],
    ["{{event.__proto__.polluted}}", 1, 3],
    ["{{#each event}}{{this.constructor}}{{/each}}", 1, 18],
    ["{{@budget}}", 1, 3],
    ["{{#if}}x{{/if}}", 1, 1],
    ["{{#each event.list event}}x{{/each}}", 1, 1],
    ["{{if}}", 1, 3],
    [`${"{{#if type}}".repeat(7)}${"{{/if}}".repeat(7)}`, 1, 73],
  ])("that is wrong is refused with its place: %j", (source, line, column) => {
    try {
      checkTemplate(source);
    } catch (error) {
      expect(error).toBeInstanceOf(TemplateProblem);
      expect([(error as TemplateProblem).line, (error as TemplateProblem).column]).toEqual([line, column]);
      return;
    }
    expect.unreachable("the template was taken");
  });

  it("reaches nothing that values inherit, even unchecked", () => {
    const source = "[{{event.toString}}{{event.list.length}}{{event.hasOwnProperty}}{{event.list.map}}]";
    expect(fillTemplate(source, values, { html: false })).toBe("[2]");
  });

  it("does not grow without bound", () => {
    const list = Array.from({ length: 1_000 }, () => "x");
    const nested = "{{#each event.list}}{{#each ../event.list}}{{this}}{{/each}}{{/each}}";
    expect(() => fillTemplate(nested, { event: { list } }, { html: false })).toThrow(TemplateProblem);
    const long = "{{#each event.list}}{{@root.event.long}}{{/each}}";
    const wide = { event: { list: list.slice(0, 400), long: "y".repeat(2_000) } };
    expect(() => fillTemplate(long, wide, { html: false })).toThrow(TemplateProblem);
    expect(() => fillTemplate("{{event.long}}".repeat(40), wide, { html: false })).toThrow(TemplateProblem);
  });

  it("that is built in is right, and there is one in each language", () => {
    expect(Object.keys(defaultTexts.ru)).toEqual(Object.keys(defaultTexts.en));
    for (const language of ["en", "ru"] satisfies MailLanguage[]) {
      for (const { title, body } of Object.values(defaultTexts[language])) {
        checkTemplate(title);
        checkTemplate(body);
      }
    }
  });
});
