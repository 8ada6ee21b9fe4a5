import { type MessageSink, StreamEnd } from "./client-stream.js";
import type { RealtimeMessage } from "./types.js";

interface Unacknowledged {
  position: bigint;
  size: number;
}

export interface AcknowledgedSinkOptions {
  /** Messages on their way at most; 1,000 by default. */
  mostMessages?: number;
  /** Characters of their JSON at most; 4 million by default. */
  mostCharacters?: number;
}

/**
 * Bounds what is on its way to a client where the host does not say whether the client takes it (`send` answers nothing):
 * so much may be unacknowledged, then `send` waits for acknowledgements. A client that has never sent one is let go
 * there, to come again with its last id. A host that tells of room itself is left to it.
 */
export class AcknowledgedSink implements MessageSink {
  private readonly unacknowledged: Unacknowledged[] = [];
  private characters = 0;
  private acknowledges = false;
  private room: PromiseWithResolvers<void> | undefined;

  constructor(
    private readonly socket: MessageSink,
    private readonly options: AcknowledgedSinkOptions = {},
  ) {}

  send(message: RealtimeMessage): void | Promise<void> {
    const room = this.socket.send(message);
    if (room !== undefined || message.kind === "end") return room;
    const size = JSON.stringify(message).length;
    this.unacknowledged.push({ position: BigInt(message.id), size });
    this.characters += size;
    if (!this.full) return;
    if (!this.acknowledges) {
      throw new StreamEnd("slow_client", "Nothing was acknowledged; come again with the last id.");
    }
    this.room ??= Promise.withResolvers();
    return this.room.promise;
  }

  /** The client has every message up to the one with this id. What is no id is left out. */
  acknowledge(id: string): void {
    if (!/^\d{1,18}$/.test(id)) return;
    this.acknowledges = true;
    const upTo = BigInt(id);
    while (this.unacknowledged[0] !== undefined && this.unacknowledged[0].position <= upTo) {
      this.characters -= this.unacknowledged.shift()!.size;
    }
    if (this.full) return;
    this.room?.resolve();
    this.room = undefined;
  }

  close(): void {
    this.socket.close();
  }

  private get full(): boolean {
    const { mostMessages = 1_000, mostCharacters = 4_000_000 } = this.options;
    return this.unacknowledged.length >= mostMessages || this.characters >= mostCharacters;
  }
}
