import { setTimeout as delay } from "node:timers/promises";
import type {
  FollowEventsRequest,
  FollowEventsResponse,
  StoredEvent,
} from "../../event-management/event-store/types.js";

export interface LiveEventsOptions {
  follow: (request: FollowEventsRequest) => Promise<FollowEventsResponse>;
  onFailure: (error: unknown) => void;
  /** How long one call waits for events; 20 s by default. */
  waitMs?: number;
  /** Pause after a failure; 1 s by default. */
  retryMs?: number;
}

export type EventListener = (event: StoredEvent) => void;

const pageLimit = 200;

/**
 * The event store as it grows, followed once by this process for all of its clients, while there are any. Events are
 * handed out by tenant, in their order; listeners must not throw.
 */
export class LiveEvents {
  private readonly listeners = new Map<string, Set<EventListener>>();
  private started: Promise<void> | undefined;
  private running: AbortController | undefined;
  private at: string | undefined;

  constructor(private readonly options: LiveEventsOptions) {}

  /** Up to where events were handed out. Known once `listen` has resolved. */
  get position(): string {
    if (this.at === undefined) throw new Error("Events are not followed yet.");
    return this.at;
  }

  /** Hands every event of the tenant after `position` to the listener, until it is let go. */
  async listen(tenantId: string, listener: EventListener): Promise<() => void> {
    const listeners = this.listeners.get(tenantId) ?? new Set();
    this.listeners.set(tenantId, listeners.add(listener));
    const leave = () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(tenantId) === listeners) this.listeners.delete(tenantId);
      if (this.listeners.size === 0) this.stop();
    };
    try {
      this.started ??= this.start();
      await this.started;
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  private async start(): Promise<void> {
    const running = new AbortController();
    this.running = running;
    this.at = (await this.options.follow({})).position;
    void this.run(running.signal);
  }

  private stop(): void {
    this.running?.abort();
    this.running = undefined;
    this.started = undefined;
    this.at = undefined;
  }

  private async run(signal: AbortSignal): Promise<void> {
    const { follow, onFailure, waitMs = 20_000, retryMs = 1_000 } = this.options;
    while (!signal.aborted) {
      try {
        const page = await follow({ after: this.at, limit: pageLimit, waitMs });
        if (signal.aborted) return;
        this.at = page.position;
        for (const event of page.events) {
          for (const listener of this.listeners.get(event.tenantId) ?? []) listener(event);
        }
      } catch (error) {
        onFailure(error);
        await delay(retryMs);
      }
    }
  }
}
