import type { Delivered } from "./keep-events.js";

interface Waiting {
  delivered: Delivered;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const mostTogether = 100;

/**
 * Keeps events that arrive at the same time together: what comes while one transaction runs waits for the next, so that
 * the lock on positions costs one commit for many events. `keep` ends when its event is kept for good. Where a group
 * fails, its events are kept one by one, so that each fails for itself alone.
 */
export class EventKeeper {
  private waiting: Waiting[] = [];
  private running = false;

  constructor(private readonly keepTogether: (delivered: Delivered[]) => Promise<void>) {}

  keep(delivered: Delivered): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ delivered, resolve, reject });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0, mostTogether);
      try {
        await this.keepTogether(group.map(({ delivered }) => delivered));
        for (const { resolve } of group) resolve();
      } catch (error) {
        if (group.length === 1) group[0]!.reject(error);
        else await this.keepOneByOne(group);
      }
    }
    this.running = false;
  }

  private async keepOneByOne(group: Waiting[]): Promise<void> {
    for (const { delivered, resolve, reject } of group) {
      try {
        await this.keepTogether([delivered]);
        resolve();
      } catch (error) {
        reject(error);
      }
    }
  }
}
