import Handlebars from "handlebars";
import { formatTypeScript } from "./format.js";
import { templateTexts } from "./template-texts.js";

/** Handlebars without what could run code: own properties only, no escaping, since nothing here is HTML. */
const handlebars = Handlebars.create();
const compiled = new Map<string, Handlebars.TemplateDelegate>();

for (const [name, text] of Object.entries(templateTexts)) {
  const partial = /^partials\/(.+)\.hbs$/.exec(name)?.[1];
  if (partial !== undefined) handlebars.registerPartial(partial, text);
}

handlebars.registerHelper("json", (value: unknown) => JSON.stringify(value));

/** Names of the templates, e.g. `service/src/app.ts.hbs`. */
export const templateNames = Object.keys(templateTexts).filter((name) => !name.startsWith("partials/"));

/** Fills in a template and formats what is TypeScript. */
export function render(template: string, view: object): string {
  const text = fill(template, view);
  return /\.tsx?\.hbs$/.test(template) ? formatTypeScript(template.replace(/\.hbs$/, ""), text) : text;
}

/**
 * Fills in a template. A name that the view does not have is an error, so that a template and its view model cannot
 * part.
 */
export function fill(template: string, view: object): string {
  let filled = compiled.get(template);
  if (filled === undefined) {
    const text = templateTexts[template];
    if (text === undefined) throw new Error(`There is no template "${template}".`);
    filled = handlebars.compile(text, {
      noEscape: true,
      strict: true,
      knownHelpersOnly: true,
      knownHelpers: { json: true },
    });
    compiled.set(template, filled);
  }
  return filled(view);
}
