import { BroadcastChannel, threadId } from "node:worker_threads";
import { type CacheBackend, type Command, CommandError, type Reply } from "./backend.js";

const CHANNEL = "axion.cache";
const TIMEOUT_MS = 10_000;

interface Call {
  kind: "call";
  id: string;
  cluster: string;
  commands: Command[];
}

type Result = { kind: "result"; id: string } & (
  | { replies: Reply[] }
  | { error: string; isCommandError: boolean }
);

/** On the main thread: answers what workers ask of the caches that live in this process's memory. */
export function serveCaches(find: (cluster: string) => CacheBackend): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = async (event) => {
    const call = (event as { data: Call | Result }).data;
    if (call.kind !== "call") return;
    channel.postMessage(await answer(call, find));
  };
  channel.unref();
}

async function answer(call: Call, find: (cluster: string) => CacheBackend): Promise<Result> {
  try {
    const replies = await find(call.cluster).run(call.commands.map(asBuffers) as unknown as Command[]);
    return { kind: "result", id: call.id, replies };
  } catch (error) {
    return {
      kind: "result",
      id: call.id,
      error: (error as Error).message,
      isCommandError: error instanceof CommandError,
    };
  }
}

/** Between threads a Buffer arrives as a plain array of bytes. */
function asBuffers<T>(value: T): T {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength) as unknown as T;
  return Array.isArray(value) ? (value.map(asBuffers) as unknown as T) : value;
}

interface Pending {
  resolve: (replies: Reply[]) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
}

/** In a worker: the same cache as on the main thread. */
export class ThreadBackend implements CacheBackend {
  static #channel: BroadcastChannel | undefined;
  static readonly #pending = new Map<string, Pending>();
  static #count = 0;

  constructor(private readonly cluster: string) {}

  run(commands: readonly Command[]): Promise<Reply[]> {
    const id = `${threadId}-${++ThreadBackend.#count}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        ThreadBackend.#pending.delete(id);
        reject(new Error("the main thread did not answer in time"));
      }, TIMEOUT_MS);
      ThreadBackend.#pending.set(id, { resolve, reject, timer });
      ThreadBackend.#open().postMessage({ kind: "call", id, cluster: this.cluster, commands });
    });
  }

  async close(): Promise<void> {}

  static #open(): BroadcastChannel {
    if (ThreadBackend.#channel !== undefined) return ThreadBackend.#channel;
    const channel = new BroadcastChannel(CHANNEL);
    channel.onmessage = (event) => ThreadBackend.#receive((event as { data: Call | Result }).data);
    channel.unref();
    return (ThreadBackend.#channel = channel);
  }

  static #receive(message: Call | Result): void {
    const pending = message.kind === "result" ? ThreadBackend.#pending.get(message.id) : undefined;
    if (pending === undefined || message.kind !== "result") return;
    ThreadBackend.#pending.delete(message.id);
    clearTimeout(pending.timer);
    if ("replies" in message) pending.resolve(asBuffers(message.replies));
    else pending.reject(message.isCommandError ? new CommandError(message.error) : new Error(message.error));
  }
}
