import { setTimeout as delay } from "node:timers/promises";
import type {
  FollowEventsRequest,
  FollowEventsResponse,
  StoredEvent,
} from "../../event-management/event-store/types.js";
import type { LiveEvents } from "./live-events.js";
import { shownEvent } from "./shown-event.js";
import type { ChosenTopics } from "./topics.js";
import type { RealtimeMessage } from "./types.js";

/** Where messages go. `send` may tell when there is room for the next one, and throws once the other end is gone. */
export interface MessageSink {
  send(message: RealtimeMessage): void | Promise<void>;
  close(): void;
}

export interface ClientStreamOptions {
  sink: MessageSink;
  live: LiveEvents;
  follow: (request: FollowEventsRequest) => Promise<FollowEventsResponse>;
  reader: { tenantId: string; userId: string; topics: ChosenTopics };
  /** Events after this position come first. */
  after?: string;
  /** Throws a `StreamEnd` once the reader may read no more. Asked with each beat. */
  requireAccess: () => Promise<void>;
  onFailure: (error: unknown) => void;
  /** How often access and the client are looked after; 5 s by default. */
  beatMs?: number;
  /** A message comes at least so often; 15 s by default. */
  heartbeatMs?: number;
  /** Messages that wait for the client at most; 2,000 by default. */
  mostWaiting?: number;
  /** A client that takes nothing for so long is given up; 30 s by default. */
  slowAfterMs?: number;
}

/** Why a stream ends, as the client is told. */
export class StreamEnd extends Error {
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
    this.name = "StreamEnd";
  }
}

const pageLimit = 200;
const mostHeld = 1_000;

/**
 * One client's stream: first what happened since it was here last, then what happens, without a gap between the two
 * and nothing twice. What waits for a slow client is bounded: beyond that it is told so and let go, to come again with
 * its last id.
 */
export class ClientStream {
  private readonly waiting: RealtimeMessage[] = [];
  private wake: (() => void) | undefined;
  private end: StreamEnd | undefined;
  /** Live events that came while older ones are read; undefined once these are through. */
  private held: StoredEvent[] | undefined = [];
  /** What is not held must be read up to here. */
  private heldUpTo = 0n;
  /** The client has what came up to here. */
  private had = 0n;
  private lastSent = "0";
  private lastSentAt = 0;
  private sendingSince: number | undefined;

  constructor(private readonly options: ClientStreamOptions) {}

  /** Serves the client until one side ends it, and tells it why. */
  async run(): Promise<void> {
    const { live, reader, sink, beatMs = 5_000, onFailure } = this.options;
    const leave = await live.listen(reader.tenantId, (event) => this.onLive(event));
    const timer = setInterval(() => void this.beat(), beatMs);
    try {
      await Promise.all([this.sendAll(), this.catchUp()]);
    } catch (error) {
      if (!(error instanceof StreamEnd)) onFailure(error);
      const unavailable = new StreamEnd("unavailable", "The stream failed; come again with the last id.");
      this.end ??= error instanceof StreamEnd ? error : unavailable;
      this.wake?.();
      this.tellEnd(this.end);
    } finally {
      clearInterval(timer);
      leave();
      sink.close();
    }
  }

  private onLive(event: StoredEvent): void {
    if (this.held === undefined) {
      this.offer(event);
    } else if (this.held.length < mostHeld) {
      this.held.push(event);
    } else {
      // More than can be held: it is read from the store after all.
      this.held = [];
      this.heldUpTo = BigInt(event.position);
    }
  }

  /** Reads what happened between the client's position and what is held, page by page, as fast as the client takes it. */
  private async catchUp(): Promise<void> {
    const { live, follow, reader } = this.options;
    this.heldUpTo = BigInt(live.position);
    this.had = BigInt(this.options.after ?? live.position);
    this.lastSent = String(this.had);
    if (this.had > this.heldUpTo && this.had > BigInt((await follow({})).position)) {
      throw new StreamEnd("last_event_id_invalid", "lastEventId: no event has this id yet.");
    }
    for (let after = this.had; after < this.heldUpTo && this.end === undefined; ) {
      const page = await follow({ after: String(after), limit: pageLimit, tenantId: reader.tenantId });
      const last = page.events.at(-1);
      if (last === undefined) break;
      for (const event of page.events) if (BigInt(event.position) <= this.heldUpTo) this.offer(event);
      after = BigInt(last.position);
      await this.untilRoom();
    }
    if (this.heldUpTo > this.had) this.had = this.heldUpTo;
    this.push({ kind: "ready", id: String(this.had) });
    const held = this.held ?? [];
    this.held = undefined;
    for (const event of held) this.offer(event);
  }

  private offer(stored: StoredEvent): void {
    const position = BigInt(stored.position);
    if (position <= this.had) return;
    this.had = position;
    const event = shownEvent(stored, this.options.reader);
    if (event !== undefined) this.push({ kind: "event", id: stored.position, event });
  }

  private push(message: RealtimeMessage): void {
    if (this.end !== undefined) return;
    this.waiting.push(message);
    if (this.waiting.length > (this.options.mostWaiting ?? 2_000)) {
      this.stop(new StreamEnd("slow_client", "The client takes messages more slowly than they come."));
    }
    this.wake?.();
  }

  private stop(end: StreamEnd): void {
    this.end ??= end;
    this.wake?.();
  }

  private async sendAll(): Promise<never> {
    while (this.end === undefined) {
      const message = this.waiting.shift();
      if (message === undefined) {
        await this.untilWoken();
        continue;
      }
      this.sendingSince = performance.now();
      await this.send(message);
      this.sendingSince = undefined;
      this.lastSentAt = performance.now();
      this.lastSent = message.id;
    }
    throw this.end;
  }

  /** Sends a message, and waits while the client has no room, but no longer than until the stream is ended. */
  private async send(message: RealtimeMessage): Promise<void> {
    try {
      const room = this.options.sink.send(message);
      if (room !== undefined) await Promise.race([room, this.untilEnd()]);
    } catch (error) {
      this.end ??= error instanceof StreamEnd ? error : new StreamEnd("client_gone", "The client has gone.");
    }
  }

  private async untilEnd(): Promise<void> {
    while (this.end === undefined) await this.untilWoken();
  }

  private untilWoken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }

  private async untilRoom(): Promise<void> {
    while (this.waiting.length > pageLimit && this.end === undefined) await delay(10);
  }

  private async beat(): Promise<void> {
    const { requireAccess, heartbeatMs = 15_000, slowAfterMs = 30_000 } = this.options;
    const now = performance.now();
    if (this.sendingSince !== undefined && now - this.sendingSince > slowAfterMs) {
      this.stop(new StreamEnd("slow_client", "The client took no message for too long."));
      return;
    }
    try {
      await requireAccess();
    } catch (error) {
      if (error instanceof StreamEnd) this.stop(error);
      else this.options.onFailure(error);
    }
    const silent = this.waiting.length === 0 && this.sendingSince === undefined && this.held === undefined;
    if (silent && now - this.lastSentAt >= heartbeatMs)
      this.push({ kind: "heartbeat", id: String(this.had) });
  }

  private tellEnd({ reason, message }: StreamEnd): void {
    if (reason === "client_gone") return;
    try {
      const sent = this.options.sink.send({ kind: "end", id: this.lastSent, reason, message });
      if (sent !== undefined) sent.catch(this.options.onFailure);
    } catch {
      // The client has gone: nobody is left to be told.
    }
  }
}
