import type { WebSocket } from "ws";
import type { MessageCodec } from "./codec.js";

/** Messages that wait for the app before the connection stops reading. */
const MAX_WAITING = 64;
/** Unsent bytes beyond which `send` waits. */
const HIGH_WATER = 256 * 1024;

interface Waiter {
  resolve: (message: Record<string, unknown>) => void;
  reject: (error: Error) => void;
}

/** One end of a WebSocket with typed messages, whichever side opened it. Holds both directions back when the other end is slow. */
export class Connection {
  private readonly waiting: Record<string, unknown>[] = [];
  private readonly waiters: Waiter[] = [];
  private drains: (() => void)[] = [];
  private ended = false;

  constructor(
    private readonly ws: WebSocket,
    incoming: MessageCodec,
    private readonly outgoing: MessageCodec,
    /** A message that does not fit its type is told and left out. */
    onInvalid: (error: Error) => void,
  ) {
    ws.on("message", (data: Buffer, binary: boolean) => {
      let message: Record<string, unknown>;
      try {
        message = incoming.decode(binary ? data : data.toString("utf8"));
      } catch (error) {
        return onInvalid(error as Error);
      }
      this.deliver(message);
    });
    ws.on("error", () => this.end());
    ws.on("close", () => this.end());
  }

  private deliver(message: Record<string, unknown>): void {
    const waiter = this.waiters.shift();
    if (waiter) {
      waiter.resolve(message);
      return;
    }
    this.waiting.push(message);
    if (this.waiting.length >= MAX_WAITING) this.ws.pause();
  }

  private end(): void {
    this.ended = true;
    for (const waiter of this.waiters.splice(0)) waiter.reject(closedError());
    for (const drained of this.drains.splice(0)) drained();
  }

  /** Sends a message. Resolves when there is room for the next one; throws when the message has no JSON form. */
  send(message: unknown): Promise<void> {
    const { ws } = this;
    if (this.ended || ws.readyState !== ws.OPEN) throw closedError();
    const text = this.outgoing.encode(message);
    const sent = new Promise<void>((resolve) => {
      this.drains.push(resolve);
      ws.send(text, () => {
        const at = this.drains.indexOf(resolve);
        if (at >= 0) this.drains.splice(at, 1);
        resolve();
      });
    });
    return ws.bufferedAmount > HIGH_WATER ? sent : Promise.resolve();
  }

  /** The next message. Rejects when the stream has ended. */
  recv(): Promise<Record<string, unknown>> {
    const message = this.waiting.shift();
    if (message) {
      if (this.waiting.length < MAX_WAITING / 2 && this.ws.isPaused) this.ws.resume();
      return Promise.resolve(message);
    }
    if (this.ended) return Promise.reject(closedError());
    return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
  }

  /** Ends the stream once everything sent is on its way. */
  close(code = 1000): void {
    const { ws } = this;
    if (ws.readyState !== ws.OPEN) return;
    ws.close(code);
    if (ws.isPaused) ws.resume(); // the closing handshake needs the peer's answer
  }
}

function closedError(): Error {
  return new Error("socket receive channel closed");
}

/** An app may keep its end of a stream after its handler returns; the stream ends when it lets go of it. */
const abandoned = new FinalizationRegistry<Connection>((connection) => connection.close());

class StreamEnd {
  protected readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Closes the connection when the app no longer holds this object. */
  closeWhenAbandoned(): this {
    abandoned.register(this, this.connection);
    return this;
  }
}

/** What the handler of an outgoing stream sends with. */
export class Sink extends StreamEnd {
  send(message: unknown): Promise<void> {
    return this.connection.send(message);
  }

  close(): void {
    this.connection.close();
  }
}

/** What the handler of an incoming stream reads from. */
export class Stream extends StreamEnd {
  recv(): Promise<Record<string, unknown>> {
    return this.connection.recv();
  }
}

/** What the handler of a stream in both directions holds. */
export class Socket extends StreamEnd {
  send(message: unknown): Promise<void> {
    return this.connection.send(message);
  }

  recv(): Promise<Record<string, unknown>> {
    return this.connection.recv();
  }

  close(): void {
    this.connection.close();
  }
}

/** A stream that this process opened to an endpoint. */
export class WebSocketClient extends Socket {}
