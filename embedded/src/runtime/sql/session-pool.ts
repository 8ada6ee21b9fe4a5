import type postgres from "postgres";
import { RowStream } from "./row-stream.js";

/** As the official pool: longer, and something holds connections that it never gives back. */
const ACQUIRE_TIMEOUT_MS = 30_000;

/** A connection that one user has for itself: a transaction, an acquired connection, a large result. */
export class Session {
  /** The connection was lost while somebody held it: its transaction and settings are gone. */
  lost = false;
  /** In a state that must not be handed on. */
  discard = false;
  #streams = new Set<RowStream>();

  constructor(readonly sql: postgres.Sql) {}

  /** Runs a statement without result. */
  async run(statement: string): Promise<void> {
    this.flowOpenStreams();
    await this.sql.unsafe(statement);
  }

  /** Starts a statement whose result is read in batches. */
  stream(query: postgres.PendingQuery<postgres.Row[]>): RowStream {
    this.flowOpenStreams();
    const stream = new RowStream(query, this.sql.CLOSE);
    this.#streams.add(stream);
    void stream.finished.then(() => this.#streams.delete(stream));
    return stream;
  }

  /** Gives up results that nobody will finish reading. */
  closeStreams(): void {
    for (const open of this.#streams) open.close();
  }

  /** The connection does one thing at a time: for it to go on, a result that is still being read goes to memory. */
  flowOpenStreams(): void {
    for (const open of this.#streams) open.flow();
  }
}

interface Waiter {
  resolve: (session: Session) => void;
  timer: NodeJS.Timeout;
}

/** Hands out sessions, at most `max` at a time. */
export class SessionPool {
  readonly #idle: Session[] = [];
  readonly #waiting: Waiter[] = [];
  readonly #all = new Set<Session>();

  constructor(
    private readonly max: number,
    private readonly open: (onclose: () => void) => postgres.Sql,
  ) {}

  async acquire(): Promise<Session> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#all.size < this.max) return this.#create();
    // Results that nobody finishes reading hold connections: when these run out, they are taken into memory.
    for (const session of this.#all) session.flowOpenStreams();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(
          new Error(
            "timeout establishing connection: all connections are in use (is a transaction left open?)",
          ),
        );
      }, ACQUIRE_TIMEOUT_MS);
      const waiter = { resolve, timer };
      this.#waiting.push(waiter);
    });
  }

  release(session: Session): void {
    let next = session;
    if (session.lost || session.discard) {
      this.#all.delete(session);
      void session.sql.end({ timeout: 0 });
      if (this.#waiting.length === 0) return;
      next = this.#create();
    }
    const waiter = this.#waiting.shift();
    if (waiter === undefined) {
      this.#idle.push(next);
      return;
    }
    clearTimeout(waiter.timer);
    waiter.resolve(next);
  }

  async end(timeoutSeconds: number): Promise<void> {
    for (const session of this.#all) session.closeStreams();
    await Promise.all([...this.#all].map((session) => session.sql.end({ timeout: timeoutSeconds })));
  }

  #create(): Session {
    const session: Session = new Session(this.open(() => this.#closed(session)));
    this.#all.add(session);
    return session;
  }

  /** An idle session connects again when it is next used; one in use has lost its transaction or settings. */
  #closed(session: Session): void {
    if (!this.#idle.includes(session)) session.lost = true;
  }
}
