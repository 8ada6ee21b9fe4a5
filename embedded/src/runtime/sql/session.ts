import { warn } from "../logger.js";
import type { Request } from "../request.js";
import type { Cursor, Row } from "./cursor.js";
import type { Pool, QueryArgs } from "./pool.js";
import type { Session } from "./session-pool.js";
import { SqlError } from "./sql-error.js";

type Source = Request | undefined | null;

/** Statements after which a connection must not be handed to another user as it is. */
const LEAVES_TRANSACTION = /^\s*(begin|start\s+transaction)\b/i;

interface Held {
  pool: Pool;
  session: Session;
}

/** Connections whose owner was dropped without `close()`. */
const droppedConnections = new FinalizationRegistry<Held>(({ pool, session }) => {
  session.discard = true;
  pool.sessions.release(session);
});

/** Transactions dropped without an end: closing the connection rolls them back. */
const droppedTransactions = new FinalizationRegistry<Held>(({ pool, session }) => {
  warn("transaction not completed, forcing rollback", { database: pool.name });
  session.discard = true;
  pool.sessions.release(session);
});

/** A connection of its own: settings and temporary tables last until it is closed. */
export class SqlConn {
  #held: Held | undefined;

  constructor(pool: Pool, session: Session) {
    this.#held = { pool, session };
    droppedConnections.register(this, this.#held, this);
  }

  async query(query: string, args: QueryArgs, source?: Source): Promise<Cursor> {
    if (this.#held === undefined) throw new SqlError("connection_closed");
    const { pool, session } = this.#held;
    if (session.lost) throw new SqlError("connection_closed: the connection to the database was lost");
    if (LEAVES_TRANSACTION.test(query)) session.discard = true;
    return pool.queryOn(session, query, args, source);
  }

  async queryRow(query: string, args: QueryArgs, source?: Source): Promise<Row | null> {
    return (await this.query(query, args, source)).next();
  }

  /** Gives the connection back. Closing twice does nothing. */
  async close(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    droppedConnections.unregister(this);
    held.pool.sessions.release(held.session);
  }
}

/** A transaction under way. */
export class Transaction {
  #held: Held | undefined;

  constructor(pool: Pool, session: Session) {
    this.#held = { pool, session };
    droppedTransactions.register(this, this.#held, this);
  }

  async query(query: string, args: QueryArgs, source?: Source): Promise<Cursor> {
    const { pool, session } = this.#open();
    return pool.queryOn(session, query, args, source);
  }

  async commit(source?: Source): Promise<void> {
    await this.#finish("COMMIT", source);
  }

  async rollback(source?: Source): Promise<void> {
    await this.#finish("ROLLBACK", source);
  }

  #open(): Held {
    if (this.#held === undefined) throw new SqlError("transaction closed");
    // The connection was lost: on its successor the statement would run outside of the transaction.
    if (this.#held.session.lost)
      throw new SqlError("transaction closed: the connection to the database was lost");
    return this.#held;
  }

  async #finish(statement: "COMMIT" | "ROLLBACK", source: Source): Promise<void> {
    const held = this.#held;
    if (held === undefined) throw new SqlError("transaction closed");
    this.#held = undefined;
    droppedTransactions.unregister(this);
    const { pool, session } = held;
    try {
      if (session.lost) throw new SqlError("transaction closed: the connection to the database was lost");
      await pool.traced(statement, source, () => session.run(statement));
    } catch (error) {
      session.discard = true;
      throw error;
    } finally {
      pool.sessions.release(session);
    }
  }
}
