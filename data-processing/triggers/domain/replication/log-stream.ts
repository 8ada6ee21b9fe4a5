import { once } from "node:events";
import type { Duplex } from "node:stream";
import type postgres from "postgres";
import { type LogMessage, LogReader } from "./pgoutput.js";

const statusEveryMs = 5_000;
/** Messages that wait here before the server is made to wait. */
const mostWaiting = 2_000;

/** A place in the write-ahead log as Postgres writes it. */
export function lsnText(lsn: bigint): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}

/** What comes from the log: a message, or word of how far the log goes where nothing of it concerns the publication. */
export type LogItem = LogMessage | { kind: "keepalive"; end: bigint };

/**
 * The changes of a slot from where they were last acknowledged. `acknowledge` says that everything before a place has had
 * its effect for good: the server forgets it.
 */
export class LogStream {
  private readonly reader = new LogReader();
  private readonly waiting: LogItem[] = [];
  private flushed = 0n;
  private failure: Error | undefined;
  private wake: (() => void) | undefined;
  private readonly status: NodeJS.Timeout;

  private constructor(private readonly stream: Duplex) {
    stream.on("data", (bytes: Buffer) => this.take(bytes));
    stream.on("error", (error: Error) => this.fail(error));
    stream.on("close", () =>
      this.fail(new Error("The server closed the connection to its write-ahead log.")),
    );
    this.status = setInterval(() => this.report(), statusEveryMs);
    this.status.unref();
  }

  static async open(
    sql: postgres.Sql,
    { slot, publication, messages }: { slot: string; publication: string; messages: boolean },
  ): Promise<LogStream> {
    const options = [`proto_version '1'`, `publication_names '${publication}'`];
    if (messages) options.push("messages 'true'");
    const query = sql.unsafe(`START_REPLICATION SLOT ${slot} LOGICAL 0/0 (${options.join(", ")})`);
    return new LogStream((await query.writable()) as Duplex);
  }

  /** What has come, at most after `ms`. Throws where the connection has failed. */
  async next(ms: number): Promise<LogItem[]> {
    if (this.waiting.length === 0 && !this.failure) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.wake = undefined;
    }
    const items = this.waiting.splice(0);
    if (this.stream.isPaused()) this.stream.resume();
    if (items.length === 0 && this.failure) throw this.failure;
    return items;
  }

  /** Ends a wait. */
  interrupt(): void {
    this.wake?.();
  }

  acknowledge(lsn: bigint): void {
    if (lsn <= this.flushed) return;
    this.flushed = lsn;
    this.report();
  }

  async close(): Promise<void> {
    clearInterval(this.status);
    this.failure ??= new Error("closed");
    if (this.stream.destroyed) return;
    const closed = once(this.stream, "close", { signal: AbortSignal.timeout(1_000) });
    this.stream.destroy();
    await closed.catch(() => {});
  }

  private take(bytes: Buffer): void {
    const kind = bytes.toString("latin1", 0, 1);
    if (kind === "w") {
      const message = this.reader.read(bytes.subarray(25));
      if (message) this.waiting.push(message);
    } else if (kind === "k") {
      this.waiting.push({ kind: "keepalive", end: bytes.readBigInt64BE(1) });
      if (bytes[17] === 1) this.report();
    }
    if (this.waiting.length >= mostWaiting) this.stream.pause();
    this.wake?.();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.wake?.();
  }

  /** Tells the server how far the changes have had their effect. */
  private report(): void {
    if (this.stream.destroyed || this.flushed === 0n) return;
    const bytes = Buffer.alloc(34);
    bytes.write("r", 0, "latin1");
    for (const at of [1, 9, 17]) bytes.writeBigInt64BE(this.flushed, at);
    bytes.writeBigInt64BE(BigInt(Date.now() - 946_684_800_000) * 1000n, 25);
    this.stream.write(bytes);
  }
}
