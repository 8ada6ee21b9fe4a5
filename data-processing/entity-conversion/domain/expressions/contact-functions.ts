import { caseSql, define, type FunctionDefinition } from "./define.js";
import type { SqlScope } from "./expression.js";
import { whiteSpace } from "./text-functions.js";

const emailPattern = "^[^@ \t\r\n]+@[^@ \t\r\n]+[.][^@ \t\r\n]+$";
const email = new RegExp(emailPattern, "u");

/** Trimmed and in lower case; null where the text has not the shape of an address. */
function normalizeEmail(text: string): string | null {
  const address = text.trim().toLowerCase();
  return email.test(address) ? address : null;
}

function normalizeEmailSql(text: string, scope: SqlScope): string {
  const address = caseSql("lower", `btrim(${text}, ${scope.text(whiteSpace)})`, scope);
  return `(CASE WHEN ${address} ~ ${scope.text(emailPattern)} THEN ${address} END)`;
}

const international = "^[+][1-9][0-9]{6,14}$";
const dialled = "^00[1-9][0-9]{6,14}$";
const national = "^[0-9]{5,14}$";
const callingCode = "^[1-9][0-9]{0,2}$";

/**
 * E.164: `+` and 7 to 15 digits. `00` in front stands for `+`. A number without a country gets `country` (a
 * calling code such as 49) in place of its trunk prefix 0, or 8 for eleven digits in the zone 7. Null where no such
 * number comes out.
 */
function normalizePhone(text: string, country: string | null): string | null {
  const digits = text.replace(/[^0-9+]/g, "");
  if (new RegExp(international).test(digits)) return digits;
  if (new RegExp(dialled).test(digits)) return `+${digits.slice(2)}`;
  if (country === null || !new RegExp(callingCode).test(country) || !new RegExp(national).test(digits))
    return null;
  const trunk = country === "7" && digits.length === 11 ? /^[078]/ : /^0/;
  const number = `+${country}${digits.replace(trunk, "")}`;
  return new RegExp(international).test(number) ? number : null;
}

function normalizePhoneSql(text: string, country: string | null, scope: SqlScope): string {
  const digits = `regexp_replace(${text}, ${scope.text("[^0-9+]")}, '', 'g')`;
  const known =
    `WHEN ${digits} ~ ${scope.text(international)} THEN ${digits} ` +
    `WHEN ${digits} ~ ${scope.text(dialled)} THEN '+' || substr(${digits}, 3) `;
  if (country === null) return `(CASE ${known}END)`;
  const trunk = `(CASE WHEN ${country} = '7' AND length(${digits}) = 11 THEN '^[078]' ELSE '^0' END)`;
  const number = `('+' || ${country} || regexp_replace(${digits}, ${trunk}, ''))`;
  return (
    `(CASE ${known}WHEN ${country} ~ ${scope.text(callingCode)} AND ${digits} ~ ${scope.text(national)} ` +
    `AND ${number} ~ ${scope.text(international)} THEN ${number} END)`
  );
}

/** E-mail addresses and telephone numbers. */
export const contactFunctions: FunctionDefinition[] = [
  define({
    name: "normalizeEmail",
    params: ["string"],
    result: "string",
    evaluate: normalizeEmail,
    sql: ([s], scope) => normalizeEmailSql(s, scope),
  }),
  define({
    name: "normalizePhone",
    params: ["string"],
    result: "string",
    evaluate: (s) => normalizePhone(s, null),
    sql: ([s], scope) => normalizePhoneSql(s, null, scope),
  }),
  define({
    name: "normalizePhone",
    params: ["string", "string"],
    result: "string",
    evaluate: normalizePhone,
    sql: ([s, country], scope) =>
      `(CASE WHEN ${country} IS NOT NULL THEN ${normalizePhoneSql(s, country, scope)} END)`,
  }),
];
