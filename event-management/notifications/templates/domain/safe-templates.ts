import { APIError } from "encore.dev/api";
import Handlebars from "handlebars";
import { z } from "zod";
import type { JsonValue } from "../../../../shared/json.js";
import { TemplateCheck, TemplateProblem } from "./template-check.js";

/** What a template is filled with: plain JSON. */
export type TemplateValues = Record<string, JsonValue>;

/** Rounds of all `each` blocks of one template together. */
const mostRounds = 500;
const longestOutput = 50_000;
const mostCompiled = 500;

/** An environment of its own: nothing that is registered elsewhere reaches templates of tenants. */
const environment = Handlebars.create();
environment.registerHelper("eq", (left: unknown, right: unknown) => left === right);
environment.registerHelper("each", eachWithin);

const compiled = new Map<string, Handlebars.TemplateDelegate>();

/**
 * Checks a template: `{{paths}}`, `if`, `unless`, `each`, `with` and `eq` are what there is. Throws `TemplateProblem` for
 * anything else: other helpers, partials, unescaped output, names that lead to a prototype, unknown values.
 */
export function checkTemplate(source: string): void {
  new TemplateCheck().program(parse(source), true, 0);
}

/**
 * Fills a checked template. Values are escaped where it is HTML. What comes out has 50,000 characters at most: throws
 * `TemplateProblem` where it would be more.
 */
export function fillTemplate(source: string, values: TemplateValues, options: { html: boolean }): string {
  const key = `${options.html ? "html" : "text"}:${source}`;
  let template = compiled.get(key);
  if (template === undefined) {
    template = environment.compile(source, {
      noEscape: !options.html,
      knownHelpers: { eq: true },
      knownHelpersOnly: true,
    });
    if (compiled.size >= mostCompiled) compiled.clear();
    compiled.set(key, template);
  }
  const output = template(values, {
    data: { budget: { rounds: mostRounds, characters: longestOutput } },
    allowProtoPropertiesByDefault: false,
    allowProtoMethodsByDefault: false,
  });
  if (output.length > longestOutput) throw tooLong();
  return output;
}

/** `invalidArgument` that names the field, line and column. */
export function templateRefusal(field: string, problem: TemplateProblem): APIError {
  const { line, column, message } = problem;
  return APIError.invalidArgument(`${field}: line ${line}, column ${column}: ${message}`).withDetails({
    reason: "template_invalid",
    field,
    line,
    column,
  });
}

interface Budget {
  rounds: number;
  characters: number;
}

function eachWithin(this: unknown, list: unknown, options: Handlebars.HelperOptions): string {
  const entries = Array.isArray(list)
    ? list.map((value, index) => [index, value] as const)
    : Object.entries(typeof list === "object" && list !== null ? list : {});
  if (entries.length === 0) return options.inverse(this);
  const budget = (options.data as { budget: Budget }).budget;
  let output = "";
  entries.forEach(([key, value], index) => {
    budget.rounds -= 1;
    if (budget.rounds < 0) throw tooLong();
    const data = Handlebars.createFrame(options.data) as Record<string, unknown>;
    Object.assign(data, { key, index, first: index === 0, last: index === entries.length - 1 });
    const part = options.fn(value, { data });
    budget.characters -= part.length;
    if (budget.characters < 0) throw tooLong();
    output += part;
  });
  return output;
}

function tooLong(): TemplateProblem {
  return new TemplateProblem(
    1,
    1,
    `what comes out is longer than ${longestOutput} characters or ${mostRounds} rounds.`,
  );
}

const placedSchema = z.object({ lineNumber: z.number(), column: z.number() });

function parse(source: string): hbs.AST.Program {
  try {
    return environment.parse(source);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const placed = placedSchema.safeParse(error).data;
    if (placed !== undefined) throw new TemplateProblem(placed.lineNumber, placed.column + 1, error.message);
    const [place = "", excerpt = "", pointer = "", expected = error.message] = error.message.split("\n");
    const before = excerpt.slice(0, Math.max(pointer.length - 1, 0)).replace(/^\.\.\./, "");
    const after = excerpt.slice(Math.max(pointer.length - 1, 0)).replace(/\.\.\.$/, "");
    const line = Number(/\d+/.exec(place)?.[0] ?? 1);
    const found = /got '(.*)'$/.exec(expected)?.[1] === "EOF" ? "the template ends too early" : "unexpected";
    throw new TemplateProblem(
      line,
      columnBetween(source, { line, before, after }),
      `${found} after ${JSON.stringify(before)}`,
    );
  }
}

/**
 * The column of a line between what was read and what comes: the parser tells twenty characters of each, without line
 * breaks.
 */
function columnBetween(source: string, at: { line: number; before: string; after: string }): number {
  const { line, before, after } = at;
  const earlier = source.split("\n", line - 1).join("").length;
  const start = source.replaceAll("\n", "").indexOf(before + after, Math.max(earlier - before.length, 0));
  return start < 0 ? 1 : Math.max(start + before.length - earlier, 0) + 1;
}
