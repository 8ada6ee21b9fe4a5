import log from "encore.dev/log";
import postgres from "postgres";
import { connectionString } from "../db.js";
import { keptEventsChannel } from "./domain/keep-events.js";

/** How often followers look without having been told, in case a notification was lost with its connection. */
const lookAgainMs = 1_000;

const waiting = new Set<() => void>();
let told = 0;
let listening: Promise<void> | undefined;

/** How often this process was told of kept events: what `untilEventsKept` goes on from. */
export function timesTold(): number {
  return told;
}

/**
 * Waits until it is told of kept events more often than `seen` times, or for `ms`, or a second, whichever is first. One
 * connection a process listens.
 */
export async function untilEventsKept(seen: number, ms: number): Promise<void> {
  if (listening === undefined) listening = listen();
  if (told > seen) return;
  await new Promise<void>((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      waiting.delete(wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.min(ms, lookAgainMs));
    waiting.add(wake);
  });
}

async function listen(): Promise<void> {
  const listener = postgres(connectionString, {
    max: 1,
    connect_timeout: 10,
    onnotice: () => {},
    connection: { application_name: "axion-event-followers" },
  });
  try {
    await listener.listen(keptEventsChannel, () => {
      told++;
      for (const wake of [...waiting]) wake();
    });
  } catch (error) {
    log.warn(error, "not told of kept events; followers look every second");
    listening = undefined;
    await listener.end({ timeout: 1 });
  }
}
