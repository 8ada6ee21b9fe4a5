import type { IncomingMessage, ServerResponse } from "node:http";

const VISIBLE = /^[\t\x20-\x7e]*$/;

/** Streams the request's body into the SDK's raw request, no faster than it is read. */
export class BodyReader {
  private destroy: ((error?: Error) => void) | undefined;

  constructor(
    private readonly req: IncomingMessage,
    private readonly limit: number | null,
  ) {}

  start(push: (chunk: Buffer | null) => boolean, destroy: (error?: Error) => void): void {
    const { req, limit } = this;
    this.destroy = destroy;
    let size = 0;
    let over = false;
    req.pause();
    req.on("data", (chunk: Buffer) => {
      if (over) return;
      size += chunk.length;
      if (limit !== null && size > limit) {
        over = true;
        destroy(new Error("length limit exceeded"));
      } else if (!push(chunk)) req.pause();
    });
    req.on("end", () => {
      if (!over) push(null);
    });
    req.on("error", (error) => destroy(error));
  }

  read(): void {
    this.req.resume();
  }

  /** The client has gone: the raw request closes, so that handlers that wait for it stop. */
  abort(): void {
    this.destroy?.();
  }
}

type RawHeaders = string[] | Record<string, string | number | string[]>;

/** Writes what a raw handler sends, and tells it when it may send more. */
export class ResponseWriter {
  private status = 200;
  private readonly headers: string[] = [];
  private sent = false;

  constructor(
    private readonly res: ServerResponse,
    /** Headers of the host's own, given the names that the handler set. */
    private readonly hostHeaders: (taken: ReadonlySet<string>) => string[],
  ) {}

  /** Whether the head is on its way: an error can no longer be answered. */
  get started(): boolean {
    return this.sent;
  }

  writeHead(status: number, headers: RawHeaders): void {
    if (this.sent) return;
    if (!Number.isInteger(status) || status < 100 || status > 999)
      throw new Error(`invalid status code: ${status}`);
    this.status = status < 200 ? 500 : status; // an informational status cannot end an exchange
    if (Array.isArray(headers)) {
      for (let i = 0; i + 1 < headers.length; i += 2) this.append(headers[i] as string, headers[i + 1]);
    } else {
      for (const [name, value] of Object.entries(headers)) {
        if (Array.isArray(value)) for (const item of value) this.append(name, item);
        else this.append(name, value);
      }
    }
    // A handler may wait before its first byte (server-sent events): the head goes out at the end of this turn.
    setImmediate(() => this.flushHead());
  }

  private append(name: string, value: unknown): void {
    if (value === undefined) return;
    const text = String(value);
    if (!VISIBLE.test(text)) throw new Error(`invalid value of header ${name}`);
    this.headers.push(name, text);
  }

  /** Sends the head now; the body follows by other means. */
  flush(): void {
    this.flushHead();
  }

  private flushHead(length?: number): void {
    if (this.sent || this.res.destroyed) return;
    this.sent = true;
    const taken = new Set(this.headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
    const headers = [...this.headers, ...this.hostHeaders(taken)];
    const bodyless = this.status === 204 || this.status === 304;
    if (length !== undefined && !bodyless && !taken.has("content-length"))
      headers.push("content-length", String(length));
    this.res.writeHead(this.status, headers);
    if (length === undefined) this.res.flushHeaders();
  }

  writeBody(chunk: Buffer, callback?: () => void): void {
    this.writeBodyMulti([chunk], callback);
  }

  writeBodyMulti(chunks: Buffer[], callback?: () => void): void {
    const { res } = this;
    this.flushHead();
    if (res.destroyed || chunks.length === 0) {
      callback?.();
      return;
    }
    // Settles also when the client goes away, so that the handler never hangs.
    const done = once(callback);
    res.once("close", done);
    res.cork();
    for (const [i, chunk] of chunks.entries()) {
      if (i < chunks.length - 1) res.write(chunk);
      else
        res.write(chunk, () => {
          res.off("close", done);
          done();
        });
    }
    res.uncork();
  }

  close(chunk?: Buffer | null, callback?: (() => void) | null): void {
    const { res } = this;
    if (!this.sent) this.flushHead(chunk?.length ?? 0);
    if (res.destroyed) {
      callback?.();
      return;
    }
    const done = once(callback ?? undefined);
    res.once("close", done);
    if (chunk) res.end(chunk, done);
    else res.end(done);
  }
}

function once(callback: (() => void) | undefined): () => void {
  let called = false;
  return () => {
    if (called) return;
    called = true;
    callback?.();
  };
}
