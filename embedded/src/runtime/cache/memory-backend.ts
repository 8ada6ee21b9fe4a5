import { type CacheBackend, type Command, CommandError, type Reply } from "./backend.js";
import { MemoryKeyspace } from "./memory-keyspace.js";
import { LIST_COMMANDS } from "./memory-lists.js";
import { SET_COMMANDS } from "./memory-sets.js";
import { STRING_COMMANDS } from "./memory-strings.js";

export type Handler = (keys: MemoryKeyspace, args: (string | Buffer)[]) => Reply;

/** Of each cluster, beside what the app itself uses. */
const MAX_BYTES = 256 * 1024 * 1024;

const COMMANDS: Record<string, Handler> = { ...STRING_COMMANDS, ...LIST_COMMANDS, ...SET_COMMANDS };

/** The commands of Redis that the SDK uses, on the memory of this process. */
export class MemoryBackend implements CacheBackend {
  readonly #keys: MemoryKeyspace;

  constructor(options: { evictionPolicy: string; maxBytes?: number; now?: () => number }) {
    const { evictionPolicy, maxBytes = MAX_BYTES, now } = options;
    this.#keys = new MemoryKeyspace({ evictionPolicy, maxBytes }, now);
  }

  async run(commands: readonly Command[]): Promise<Reply[]> {
    // As in a transaction of Redis: one that fails does not keep the others from running.
    let failed: unknown;
    const replies = commands.map(([name, ...args]): Reply => {
      try {
        const handler = COMMANDS[name];
        if (handler === undefined) throw new CommandError(`ERR unknown command '${name}'`);
        return handler(this.#keys, args);
      } catch (error) {
        failed ??= error;
        return null;
      }
    });
    if (failed !== undefined) throw failed;
    return replies;
  }

  async close(): Promise<void> {
    this.#keys.close();
  }
}
