import type { CacheConfig } from "../host-config.js";
import { warn } from "../logger.js";
import { tlsOptions } from "../tls-options.js";
import { type CacheBackend, type Command, CommandError, type Reply } from "./backend.js";

const CONNECT_TIMEOUT_MS = 10_000;
const COMMAND_TIMEOUT_MS = 10_000;
const MAX_BACKOFF_MS = 2000;
/** Commands waiting for a lost connection; more fail at once, so that memory stays bounded. */
const MAX_WAITING = 10_000;

type RedisConfig = Extract<CacheConfig, { provider: "redis" }>;

/** A server of Redis or Valkey. Its client is loaded, and connects, on first use. */
export class RedisBackend implements CacheBackend {
  #client: ReturnType<typeof connect> | undefined;

  constructor(
    private readonly name: string,
    private readonly config: RedisConfig,
    private readonly connectTimeoutMs = CONNECT_TIMEOUT_MS,
  ) {}

  async run(commands: readonly Command[]): Promise<Reply[]> {
    const client = await (this.#client ??= connect(this.name, this.config, this.connectTimeoutMs).catch(
      (error: unknown) => {
        this.#client = undefined;
        throw error;
      },
    ));
    try {
      const [only] = commands;
      if (commands.length === 1 && only !== undefined)
        return [(await client.sendCommand([...only])) as Reply];
      const multi = client.multi();
      for (const command of commands) multi.addCommand([...command]);
      return (await multi.exec()) as unknown as Reply[];
    } catch (error) {
      throw translate(error);
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.close();
  }
}

async function connect(name: string, config: RedisConfig, connectTimeoutMs: number) {
  const { createClient, RESP_TYPES } = await import("@redis/client");
  const { tls } = config;
  const client = createClient({
    url: config.url,
    RESP: 2,
    commandsQueueMaxLength: MAX_WAITING,
    commandOptions: { timeout: COMMAND_TIMEOUT_MS, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    socket: {
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: (retries) => Math.min(MAX_BACKOFF_MS, 50 * 2 ** Math.min(retries, 10)),
      ...(tls === undefined ? {} : { tls: true as const, ...tlsOptions(tls) }),
    },
  });
  let isDown = false;
  client.on("error", (error: Error) => {
    if (!isDown) warn(`cache cluster ${name}: connection lost, connecting again`, {}, error);
    isDown = true;
  });
  client.on("ready", () => (isDown = false));
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new Error(
            `the cache cluster ${name} does not answer at ${new URL(config.url).host}${tls ? ' with TLS (tls_config: {"disabled": true} for a server without)' : ""}`,
          ),
        ),
      connectTimeoutMs,
    );
  });
  try {
    await Promise.race([client.connect(), tooLong]);
    return client;
  } catch (error) {
    client.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Error replies are told from lost connections by their form: a code in capitals. */
function translate(error: unknown): Error {
  const failed = error as Error & { replies?: unknown[]; errorIndexes?: number[] };
  const first = failed.errorIndexes?.[0];
  const reply = first === undefined ? failed : (failed.replies?.[first] as Error);
  return /^[A-Z]{2,} /.test(reply.message) ? new CommandError(reply.message) : reply;
}
