/** The streams of a generated client; left out where the API has none. */
export const CLIENT_STREAMS = `type SocketEvent = "open" | "message" | "error" | "close";

/** A WebSocket whose messages wait until they are asked for. */
class StreamSocket {
  readonly ws: WebSocket;
  private readonly messages: unknown[] = [];
  private readonly opened: Promise<void>;
  private waiting: (() => void)[] = [];
  private ended = false;
  private failure: APIError | undefined;

  constructor({ url, protocols }: { url: string; protocols: string[] }) {
    this.ws = new WebSocket(url, protocols);
    this.opened = new Promise((resolve, reject) => {
      this.ws.addEventListener("open", () => resolve());
      this.ws.addEventListener("close", (event) => {
        this.end(event.code, event.reason);
        reject(this.failure ?? closedError());
      });
    });
    // Whoever sends or receives meets the failure; unasked it is nobody's unhandled rejection.
    this.opened.catch(() => {});
    this.ws.addEventListener("message", (event) => {
      this.messages.push(JSON.parse(String(event.data)));
      this.wakeAll();
    });
  }

  on(type: SocketEvent, handler: (event: any) => void): void {
    this.ws.addEventListener(type, handler);
  }

  off(type: SocketEvent, handler: (event: any) => void): void {
    this.ws.removeEventListener(type, handler);
  }

  close(): void {
    this.ended = true;
    this.ws.close();
    this.wakeAll();
  }

  async send(message: unknown): Promise<void> {
    await this.opened;
    if (this.ws.readyState !== WebSocket.OPEN) throw this.failure ?? closedError();
    this.ws.send(JSON.stringify(message));
  }

  /** The next message; \`undefined\` once the stream has ended, an APIError if it broke. */
  async receive(): Promise<{ message: unknown } | undefined> {
    while (this.messages.length === 0) {
      if (this.failure) throw this.failure;
      if (this.ended) return undefined;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    return { message: this.messages.shift() };
  }

  private end(code: number, reason: string): void {
    const isRegular = code === 1000 || code === 1005 || this.ended;
    if (!isRegular) this.failure = new APIError(0, { code: ErrCode.Unavailable, message: "the stream broke: " + (reason || "code " + code) });
    this.ended = true;
    this.wakeAll();
  }

  private wakeAll(): void {
    const woken = this.waiting;
    this.waiting = [];
    for (const wake of woken) wake();
  }
}

function closedError(): APIError {
  return new APIError(0, { code: ErrCode.Canceled, message: "the stream is closed" });
}

type Decode<T> = (message: unknown) => T;

/** Messages from the server: \`for await (const message of stream)\`. */
export class StreamIn<Response> {
  readonly socket: StreamSocket;

  constructor(
    target: { url: string; protocols: string[] },
    private readonly decode: Decode<Response> = (message) => message as Response,
  ) {
    this.socket = new StreamSocket(target);
  }

  close(): void {
    this.socket.close();
  }

  /** The next message; \`undefined\` once the stream has ended. */
  async next(): Promise<Response | undefined> {
    const received = await this.socket.receive();
    return received && this.decode(received.message);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Response, undefined, void> {
    for (;;) {
      const received = await this.socket.receive();
      if (!received) return;
      yield this.decode(received.message);
    }
  }
}

/** Messages in both directions. */
export class StreamInOut<Request, Response> extends StreamIn<Response> {
  async send(message: Request): Promise<void> {
    await this.socket.send(message);
  }
}

/** Messages to the server, which may answer once. */
export class StreamOut<Request, Response> {
  readonly socket: StreamSocket;
  private answer: Promise<Response> | undefined;

  constructor(
    target: { url: string; protocols: string[] },
    private readonly decode: Decode<Response> = (message) => message as Response,
  ) {
    this.socket = new StreamSocket(target);
  }

  close(): void {
    this.socket.close();
  }

  async send(message: Request): Promise<void> {
    await this.socket.send(message);
  }

  /** The server's answer to the whole stream. */
  response(): Promise<Response> {
    return (this.answer ??= this.receiveAnswer());
  }

  private async receiveAnswer(): Promise<Response> {
    const received = await this.socket.receive();
    if (!received) throw closedError();
    return this.decode(received.message);
  }
}
`;
