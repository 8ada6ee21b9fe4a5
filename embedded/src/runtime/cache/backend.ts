/** A command of Redis with its arguments. */
export type Command = readonly [name: string, ...args: (string | Buffer)[]];

export type Reply = null | number | string | Buffer | Reply[];

/** What a cache cluster stands on. */
export interface CacheBackend {
  /** Runs the commands, several of them as one transaction, and returns a reply for each. Rejects with the first failure. */
  run(commands: readonly Command[]): Promise<Reply[]>;
  close(): Promise<void>;
}

/** An error reply, worded as Redis words it (`WRONGTYPE Operation against …`). */
export class CommandError extends Error {}
