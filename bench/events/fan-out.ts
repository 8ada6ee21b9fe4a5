import { setTimeout as delay } from "node:timers/promises";

/** How fast one event reaches many WebSockets: from the moment it happened to its arrival. */
export interface FanOutFigures {
  fanOutSockets: number;
  /** Over all sockets and events. */
  fanOutP50Ms: number;
  fanOutP99Ms: number;
  [figure: string]: number;
}

export interface FanOutOptions {
  url: string;
  token: string;
  /** Topic that every socket chooses. */
  topic: string;
  sockets: number;
  events: number;
  /** Causes at least one event of the topic. */
  cause: () => Promise<void>;
}

interface Message {
  kind: string;
  reason?: string;
  event?: { eventId: string; time: string };
}

const openedAtOnce = 50;
const longestMs = 30_000;

/** Opens the sockets, causes events one after the other, and waits until each has reached every socket. */
export async function measureFanOut(options: FanOutOptions): Promise<FanOutFigures> {
  const { sockets, events, cause } = options;
  const arrivals = new Map<string, number[]>();
  const open: WebSocket[] = [];
  const onEvent = ({ eventId, time }: NonNullable<Message["event"]>) => {
    const latency = Date.now() - Date.parse(time);
    const known = arrivals.get(eventId);
    if (known === undefined) arrivals.set(eventId, [latency]);
    else known.push(latency);
  };
  const reached = () => [...arrivals.values()].filter((latencies) => latencies.length === sockets).length;
  try {
    while (open.length < sockets) {
      const wanted = Math.min(openedAtOnce, sockets - open.length);
      open.push(...(await Promise.all(Array.from({ length: wanted }, () => connect(options, onEvent)))));
    }
    for (let count = 0; count < events; count++) {
      const before = reached();
      await cause();
      const deadline = performance.now() + longestMs;
      while (reached() === before) {
        if (performance.now() > deadline) throw new Error("an event did not reach every socket within 30 s");
        await delay(5);
      }
    }
  } finally {
    for (const socket of open) socket.close();
  }
  const latencies = [...arrivals.values()].flat().sort((one, other) => one - other);
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))]!;
  return { fanOutSockets: sockets, fanOutP50Ms: at(0.5), fanOutP99Ms: at(0.99) };
}

/** A socket that is ready. The token travels as the generated client sends it, in the subprotocol. */
function connect(
  { url, token, topic }: FanOutOptions,
  onEvent: (event: NonNullable<Message["event"]>) => void,
): Promise<WebSocket> {
  const authorization = Buffer.from(JSON.stringify({ authorization: `Bearer ${token}` })).toString(
    "base64url",
  );
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/realtime?topics=${topic}`, [
    "encore-ws",
    `encore.dev.headers.${authorization}`,
  ]);
  return new Promise((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if (message.kind === "ready") resolve(socket);
      else if (message.kind === "end") reject(new Error(`a stream ended: ${message.reason}`));
      else if (message.event !== undefined) onEvent(message.event);
    });
    socket.addEventListener("close", () => reject(new Error("a stream was closed")));
    socket.addEventListener("error", () => reject(new Error("a stream could not be opened")));
  });
}
