import type postgres from "postgres";
import type { DatabaseConfig } from "../host-config.js";
import type { Request } from "../request.js";
import { startSpan } from "../tracing/span.js";
import { type BatchSource, Cursor } from "./cursor.js";
import { openClient, statement } from "./driver.js";
import { BATCH_ROWS, type RowStream } from "./row-stream.js";
import { type Session, SessionPool } from "./session-pool.js";
import { SharedLane } from "./shared-lane.js";
import { toSqlError } from "./sql-error.js";
import { StatementHistory } from "./statement-history.js";
import { TypeCatalog } from "./type-catalog.js";

/** What the protocol can count, less what the driver keeps. */
const MAX_PARAMETERS = 65_533;
const NO_ELEMENTS: ReadonlyMap<number, number> = new Map();

/** Parameters of one statement. */
export class QueryArgs {
  readonly params: unknown[];
  /** Array types beyond the built-in ones are only looked up when an array is passed. */
  readonly hasArray: boolean;

  constructor(params: unknown[]) {
    if (params.length > MAX_PARAMETERS)
      throw new Error(`a statement has at most ${MAX_PARAMETERS} parameters`);
    let hasArray = false;
    for (const param of params) {
      if (Array.isArray(param)) hasArray = true;
      if (param === undefined || typeof param === "function" || typeof param === "symbol") {
        throw new Error(`${typeof param} cannot be a query parameter`);
      }
    }
    this.params = params;
    this.hasArray = hasArray;
  }
}

/** Connections of this thread to one database: some shared by quick statements, some handed out one by one. */
export class Pool {
  readonly #shared: SharedLane;
  readonly #history = new StatementHistory();
  readonly #types: TypeCatalog;
  readonly sessions: SessionPool;

  constructor(
    readonly name: string,
    config: DatabaseConfig,
  ) {
    const { connectionString, maxConnections, tls } = config;
    const shared = Math.ceil(maxConnections / 3);
    const apart = Math.max(1, maxConnections - shared);
    this.#shared = new SharedLane(shared, () => openClient(connectionString, { max: 1, tls }));
    this.sessions = new SessionPool(apart, (onclose) =>
      openClient(connectionString, { max: 1, tls, onclose }),
    );
    this.#types = new TypeCatalog(this.#shared.sql);
  }

  /** Runs a statement on whichever connection suits it. */
  query(text: string, args: QueryArgs, source: Request | undefined | null): Promise<Cursor> {
    return this.traced(text, source, () =>
      this.#history.laneOf(text) === "shared" ? this.#together(text, args) : this.#apart(text, args),
    );
  }

  async #together(text: string, args: QueryArgs): Promise<Cursor> {
    const elements = args.hasArray ? await this.#types.arrayElements() : NO_ELEMENTS;
    const rows = await this.#shared.run(text, args.params, elements);
    if (rows.length >= BATCH_ROWS) this.#history.record(text, { large: true, ms: 0 });
    return new Cursor(this.#types.isPlain(rows) ? rows : await this.#types.convert(rows));
  }

  async #apart(text: string, args: QueryArgs): Promise<Cursor> {
    const session = await this.sessions.acquire();
    return this.#batched(session, text, args, () => this.sessions.release(session));
  }

  /** Runs a statement on a session that the caller holds. */
  queryOn(
    session: Session,
    text: string,
    args: QueryArgs,
    source: Request | undefined | null,
  ): Promise<Cursor> {
    return this.traced(text, source, () => this.#batched(session, text, args, () => {}));
  }

  /** Wraps work in a span under the request, and translates its errors. */
  async traced<T>(text: string, source: Request | undefined | null, work: () => Promise<T>): Promise<T> {
    const parent = source?.span;
    const span = parent?.recording
      ? startSpan({
          kind: "client",
          name: /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase() ?? "QUERY",
          service: source?.service,
          parent,
          attributes: { "db.system.name": "postgresql", "db.namespace": this.name, "db.query.text": text },
        })
      : undefined;
    try {
      const result = await work();
      span?.end();
      return result;
    } catch (thrown) {
      const error = toSqlError(thrown);
      span?.end(error);
      throw error;
    }
  }

  async end(timeoutSeconds: number): Promise<void> {
    await Promise.all([this.#shared.end(timeoutSeconds), this.sessions.end(timeoutSeconds)]);
  }

  /** `done`: the session is free again. */
  async #batched(session: Session, text: string, args: QueryArgs, done: () => void): Promise<Cursor> {
    const began = performance.now();
    const stream = await this.#start(session, text, args).catch((error: unknown) => {
      done();
      throw error;
    });
    void stream.finished.then(done);
    const first = await stream.next();
    this.#history.record(text, { large: (first?.length ?? 0) >= BATCH_ROWS, ms: performance.now() - began });
    if (first === undefined) return new Cursor([]);
    const rows = await this.#types.convert(first);
    return first.length < BATCH_ROWS
      ? new Cursor(rows)
      : new Cursor(rows, batches(stream, first.columns, this.#types));
  }

  async #start(session: Session, text: string, args: QueryArgs): Promise<RowStream> {
    // Prepared once it is seen again: texts that never repeat would pile up on the server.
    const prepare = this.#history.laneOf(text) !== undefined;
    const elements = args.hasArray ? await this.#types.arrayElements() : NO_ELEMENTS;
    return session.stream(statement(session.sql, text, args.params, { prepare, elements }));
  }
}

/** Only the first batch says what the columns are. */
function batches(stream: RowStream, columns: postgres.ColumnList<string>, types: TypeCatalog): BatchSource {
  return {
    next: async () => {
      try {
        const rows = await stream.next();
        return rows && (await types.convert(rows, columns));
      } catch (error) {
        throw toSqlError(error);
      }
    },
    close: () => stream.close(),
  };
}
