import { EventEmitter } from "node:events";
import type { WebSocket } from "ws";

/** One end of a stream between two services of this process: what a `Connection` needs of a WebSocket. */
class LocalEnd extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  isPaused = false;
  /** Bytes sent that the other end has not taken. */
  bufferedAmount = 0;
  peer: LocalEnd | undefined;
  private readonly inbox: { text: string; taken: () => void }[] = [];
  private closing = false;
  private scheduled = false;

  send(text: string, callback: () => void): void {
    this.bufferedAmount += text.length;
    this.peer?.receive(text, () => {
      this.bufferedAmount -= text.length;
      callback();
    });
  }

  private receive(text: string, taken: () => void): void {
    this.inbox.push({ text, taken });
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    queueMicrotask(() => {
      this.scheduled = false;
      this.deliver();
    });
  }

  private deliver(): void {
    while (!this.isPaused && this.inbox.length > 0) {
      const { text, taken } = this.inbox.shift() as { text: string; taken: () => void };
      taken();
      this.emit("message", Buffer.from(text), false);
    }
    if (this.closing && this.inbox.length === 0 && this.readyState !== 3) {
      this.readyState = 3;
      this.emit("close");
    }
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.schedule();
  }

  /** Ends both ends, each after it has taken what was sent to it. */
  close(): void {
    for (const end of [this, this.peer]) end?.finish();
  }

  private finish(): void {
    this.closing = true;
    this.schedule();
  }
}

/** Two ends that are joined to each other. */
export function localStream(): [WebSocket, WebSocket] {
  const near = new LocalEnd();
  const far = new LocalEnd();
  near.peer = far;
  far.peer = near;
  return [near as unknown as WebSocket, far as unknown as WebSocket];
}
