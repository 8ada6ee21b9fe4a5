import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type {
  FollowEventsRequest,
  FollowEventsResponse,
  StoredEvent,
} from "../../event-management/event-store/types.js";
import { ClientStream, type ClientStreamOptions, StreamEnd } from "./client-stream.js";
import { LiveEvents } from "./live-events.js";
import type { RealtimeMessage } from "./types.js";

function eventAt(position: number, tenantId = "t"): StoredEvent {
  return {
    position: String(position),
    eventId: `e${position}`,
    topic: "conversion-events",
    type: "job-started",
    version: 1,
    tenantId,
    userId: "ada",
    correlationId: "c",
    causationId: "c",
    time: new Date(0),
    keptAt: new Date(0),
    subjects: [{ kind: "job", id: "j" }],
    body: { type: "job-started", jobId: "j" },
  };
}

/** An event store in memory. */
class Store {
  readonly events: StoredEvent[] = [];
  private wake: (() => void)[] = [];
  /** Runs before a page of one tenant is answered. */
  beforePage: () => void = () => {};

  add(count: number, tenantId?: string): void {
    for (let i = 0; i < count; i++) this.events.push(eventAt(this.events.length + 1, tenantId));
    for (const wake of this.wake.splice(0)) wake();
  }

  follow = async (request: FollowEventsRequest): Promise<FollowEventsResponse> => {
    if (request.after === undefined) return { events: [], position: String(this.events.length) };
    if (request.tenantId !== undefined) this.beforePage();
    const after = Number(request.after);
    const fits = () =>
      this.events
        .filter(
          (event) =>
            Number(event.position) > after &&
            (request.tenantId === undefined || event.tenantId === request.tenantId),
        )
        .slice(0, request.limit);
    if (fits().length === 0 && request.waitMs) {
      await Promise.race([new Promise<void>((resolve) => this.wake.push(resolve)), delay(50)]);
    }
    const events = fits();
    return { events, position: events.at(-1)?.position ?? String(after) };
  };
}

function newLive(store: Store): LiveEvents {
  return new LiveEvents({
    follow: store.follow,
    waitMs: 50,
    onFailure: (error) => {
      throw error;
    },
  });
}

/** A client that takes messages, and may be made to stop. */
class Client {
  readonly messages: RealtimeMessage[] = [];
  closed = false;
  stuck = false;

  send = (message: RealtimeMessage): Promise<void> => {
    if (this.closed) throw new Error("gone");
    this.messages.push(message);
    return this.stuck ? new Promise(() => {}) : Promise.resolve();
  };

  close = (): void => {
    this.closed = true;
  };

  get ids(): number[] {
    return this.messages.filter(({ kind }) => kind === "event").map(({ id }) => Number(id));
  }
}

function serve(
  store: Store,
  options: Partial<ClientStreamOptions> = {},
): { client: Client; done: Promise<void> } {
  const client = new Client();
  const topics = { subjects: new Set<string>(), whole: new Set(["job"]), notifications: false };
  const stream = new ClientStream({
    sink: client,
    live: newLive(store),
    follow: store.follow,
    reader: { tenantId: "t", userId: "ada", topics },
    requireAccess: async () => {},
    onFailure: () => {},
    beatMs: 20,
    ...options,
  });
  const done = stream.run();
  onTestFinished(async () => {
    client.close();
    store.add(1);
    await done;
  });
  return { client, done };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("This did not happen within 5 s.");
    await delay(2);
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe("a client's stream", () => {
  it("tells what happens from its beginning on", async () => {
    const store = new Store();
    store.add(3);
    const { client } = serve(store);
    await until(() => client.messages.some(({ kind }) => kind === "ready"));
    store.add(2);
    await until(() => client.ids.length === 2);
    expect(client.messages.map(({ kind, id }) => `${kind} ${id}`)).toEqual(["ready 3", "event 4", "event 5"]);
  });

  it("goes on from the last id without a gap and without repeating, while more happens", async () => {
    const store = new Store();
    store.add(450);
    let more = 5;
    store.beforePage = () => {
      if (more-- > 0) store.add(30);
    };
    const { client } = serve(store, { after: "0" });
    await until(() => client.ids.length >= 450 + 90);
    store.add(10);
    await until(() => client.ids.at(-1) === store.events.length);
    expect(client.ids).toEqual(upTo(store.events.length));
  });

  it("misses nothing though more happens than can be held while it catches up", async () => {
    const store = new Store();
    store.add(10);
    let first = true;
    store.beforePage = () => {
      if (first) store.add(1_500);
      first = false;
    };
    const { client } = serve(store, { after: "0" });
    await until(() => client.ids.at(-1) === 1_510);
    expect(client.ids).toEqual(upTo(1_510));
  });

  it("tells nothing of another tenant", async () => {
    const store = new Store();
    store.add(5, "other");
    store.add(1);
    const { client } = serve(store, { after: "0" });
    store.add(5, "other");
    store.add(1);
    await until(() => client.ids.length === 2);
    expect(client.ids).toEqual([6, 12]);
  });

  it("lets a slow client go with the id to come again with", async () => {
    const store = new Store();
    const { client, done } = serve(store, { mostWaiting: 50 });
    await until(() => client.messages.length === 1);
    client.stuck = true;
    store.add(100);
    await done;
    expect(client.messages.at(-1)).toMatchObject({ kind: "end", reason: "slow_client", id: "0" });
    expect(client.messages.length).toBeLessThan(60);
    expect(client.closed).toBe(true);
  });

  it("lets a client go that takes nothing at all", async () => {
    const store = new Store();
    const { client, done } = serve(store, { slowAfterMs: 40 });
    await until(() => client.messages.length === 1);
    client.stuck = true;
    store.add(1);
    await done;
    expect(client.messages.at(-1)).toMatchObject({ kind: "end", reason: "slow_client" });
  });

  it("ends when the reader's access does", async () => {
    const store = new Store();
    let allowed = true;
    const requireAccess = async () => {
      if (!allowed) throw new StreamEnd("access_ended", "over");
    };
    const { client, done } = serve(store, { requireAccess });
    await until(() => client.messages.length === 1);
    allowed = false;
    await done;
    expect(client.messages.at(-1)).toMatchObject({ kind: "end", reason: "access_ended" });
  });

  it("beats while nothing happens", async () => {
    const { client } = serve(new Store(), { heartbeatMs: 30 });
    await until(() => client.messages.filter(({ kind }) => kind === "heartbeat").length >= 2);
  });

  it("refuses an id that no event has", async () => {
    const store = new Store();
    store.add(2);
    const { client, done } = serve(store, { after: "3" });
    await done;
    expect(client.messages).toMatchObject([{ kind: "end", reason: "last_event_id_invalid" }]);
  });

  it("is told of a failure to read", async () => {
    const store = new Store();
    store.add(2);
    store.beforePage = () => {
      throw new Error("down");
    };
    const { client, done } = serve(store, { after: "0" });
    await done;
    expect(client.messages.at(-1)).toMatchObject({ kind: "end", reason: "unavailable" });
  });
});
