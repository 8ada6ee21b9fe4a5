import postgres from "postgres";
import type { DatabaseConfig } from "../host-config.js";
import { parseArray } from "./array-text.js";
import { BUILT_IN_TYPES } from "./decode.js";
import { Parameter } from "./encode.js";
import { sslOption } from "./ssl-option.js";
import { safely } from "./undecodable.js";

const CONNECT_TIMEOUT_SECONDS = 10;
const IDLE_TIMEOUT_SECONDS = 300;
const serialize = (value: unknown) => value;
/** Type number that leaves the choice to the server. */
const INFER = 0;

/** One statement with its parameters, never several at once: as a prepared statement, so that the server infers types. */
export function statement(
  sql: postgres.Sql,
  text: string,
  params: unknown[],
  options: { prepare: boolean; elements: ReadonlyMap<number, number> },
): postgres.PendingQuery<postgres.Row[]> {
  const typed = params.map((param) =>
    param === null ? null : sql.typed(new Parameter(param, options.elements) as never, INFER),
  );
  // `simple` is missing in the driver's type declarations.
  const how: postgres.UnsafeQueryOptions & { simple: boolean } = { prepare: options.prepare, simple: false };
  return sql.unsafe<postgres.Row[]>(text, typed, how);
}

/**
 * A postgres.js client that encodes and decodes as the official runtime does.
 * Its own serializers guess a parameter's type from the value; replaced here by
 * one that goes by the type the server infers. Lazy: connects on first use.
 */
export function openClient(
  url: string,
  options: { max: number; tls: DatabaseConfig["tls"]; onclose?: () => void },
): postgres.Sql {
  const types = Object.fromEntries(
    Object.entries(BUILT_IN_TYPES).flatMap(([name, { oid, array, decode }]) => [
      [`pg_${name}`, { to: oid, from: [oid], serialize, parse: safely(decode) }],
      [
        `pg_${name}_array`,
        { to: array, from: [array], serialize, parse: safely((text) => parseArray(text, decode)) },
      ],
    ]),
  );
  const sql = postgres(url, {
    max: options.max,
    types,
    fetch_types: false,
    ...sslOption(options.tls),
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    idle_timeout: IDLE_TIMEOUT_SECONDS,
    onnotice: () => {},
    onclose: options.onclose,
    connection: { application_name: "axion" },
  });
  sql.options.serializers = new Proxy<Record<number, (value: unknown) => unknown>>(
    {},
    {
      has: () => true,
      // What is no Parameter was encoded before: the driver repeats a statement whose plan is out of date.
      get: (_target, oid) => (value: unknown) =>
        value instanceof Parameter ? value.encode(Number(oid)) : value,
    },
  );
  return sql;
}
