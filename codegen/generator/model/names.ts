import { z } from "zod";

/** Services, events, caches, jobs: `order-items`. Also a host name's label, hence 63 characters. */
export const kebabName = z
  .string()
  .regex(
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/,
    "a lower-case letter, then letters, digits and single hyphens between them",
  )
  .max(63);

/** Fields and operations: `reserveStock`. */
export const camelName = z
  .string()
  .regex(/^[a-z][A-Za-z0-9]{0,62}$/, "a lower-case letter, then letters and digits, at most 63");

/** Entities: `OrderItem`. */
export const pascalName = z
  .string()
  .regex(/^[A-Z][A-Za-z0-9]{0,62}$/, "an upper-case letter, then letters and digits, at most 63");

/** Words that code cannot use as a name: JavaScript's reserved words and what every object has. */
export const reservedWords: ReadonlySet<string> = new Set(
  (
    "await break case catch class const continue debugger default delete do else enum export extends false finally for " +
    "function if implements import in instanceof interface let new null package private protected public return static " +
    "super switch this throw true try typeof undefined var void while with yield arguments eval constructor prototype " +
    "toString valueOf hasOwnProperty then"
  ).split(" "),
);

/** Columns that every table has, so that no field may be called like them. */
export const ownColumns: ReadonlySet<string> = new Set(["id", "createdAt", "updatedAt"]);

/** Names of folders of the generated project, and those whose `NAME_URL` is a variable of something else. */
export const reservedServices: ReadonlySet<string> = new Set([
  "contracts",
  "database",
  "docker",
  "databases",
  "jwks",
  "kafka",
  "node-modules",
  "packages",
  "postgres",
  "rabbitmq",
  "redis",
  "services",
  "traefik",
]);

/** Names that the routes and clients of a generated service use themselves. */
export const reservedOperations: ReadonlySet<string> = new Set(
  (
    "app asObject body booleanOf call callsTo config context input numberOf params parse permit query readJson req request " +
    "rest toResponse undefined encodeURIComponent"
  ).split(" "),
);

export const reservedEntities: ReadonlySet<string> = new Set([
  "Array",
  "Boolean",
  "Date",
  "Error",
  "Function",
  "Map",
  "Number",
  "Json",
  "Object",
  "Problem",
  "Outbox",
  "Inbox",
  "Promise",
  "Record",
  "Request",
  "Response",
  "Set",
  "String",
  "Symbol",
]);
