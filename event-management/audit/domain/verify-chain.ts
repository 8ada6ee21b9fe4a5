import { chainHash } from "./chain.js";

/** A row of a chain, as far as its place in it goes. */
export interface ChainLink {
  sequence: number;
  previousHash: string;
  /** As it is stored. */
  hash: string;
  /** Of what the row says now. */
  contentHash: string;
}

/** The last row of a chain, as a signature tells it. */
export interface ChainEnd {
  sequence: number;
  hash: string;
}

export type ChainProblemKind =
  | "edited"
  | "removed"
  | "inserted"
  | "reordered"
  | "cut-tail"
  | "rewritten"
  | "signature-invalid";

/** Something that an untouched chain does not have. */
export interface ChainProblem {
  kind: ChainProblemKind;
  /** The row that it is about; the first, where it is about several. */
  sequence: number;
  /** The last row that it is about. */
  toSequence: number;
  message: string;
}

const problemsKept = 100;
/** Rows looked at ahead of a place where the chain does not go on. */
const lookAhead = 1_000;

/**
 * Follows a chain from row to row and says where it was touched. Rows are given in the order in which they are stored;
 * what one of them says is checked with its own hash, and its place with the hash of the row before. Memory stays
 * bounded: a broken place is judged by the thousand rows that follow it.
 */
export class ChainVerifier {
  readonly problems: ChainProblem[] = [];
  /** Problems in all, those not kept included. */
  problemCount = 0;
  verified = 0;
  /** The row that was accepted last. */
  private last: ChainEnd & { previousHash?: string };
  private waiting: ChainLink[] = [];
  /** Number of the row before this one that was found to be put in. */
  private lastPutIn = Number.NaN;
  private readonly displaced = new Set<ChainLink>();
  private readonly unseen: Set<string>;
  private readonly start: ChainEnd;
  private readonly ends: readonly ChainEnd[];
  private readonly ambiguous: ChainProblem[] = [];
  private readonly missing: { from: number; to: number }[] = [];

  /** `start` is what the first row follows on; `ends` are the signed points that must appear on the way. */
  constructor(start: ChainEnd, ends: readonly ChainEnd[]) {
    this.start = start;
    this.ends = ends;
    this.last = { ...start };
    this.unseen = new Set(ends.map(({ hash }) => hash));
    this.unseen.delete(start.hash);
  }

  /** The row up to which the chain was followed. */
  get position(): ChainEnd {
    return { sequence: this.last.sequence, hash: this.last.hash };
  }

  add(link: ChainLink): void {
    if (this.waiting.length === 0 && this.goesOnWith(link)) {
      this.accept(link);
      return;
    }
    this.waiting.push(link);
    if (this.waiting.length > 2 * lookAhead) this.untangle(lookAhead);
  }

  /** Judges what is left, once there are no more rows. */
  finish(): void {
    this.untangle(0);
  }

  /** Holds the rows that were followed to the signed points among them. */
  checkEnds(): void {
    const { sequence } = this.last;
    const rewritten = this.ends.filter(
      (end) => this.unseen.has(end.hash) && end.sequence <= sequence && !this.isMissing(end.sequence),
    );
    if (rewritten.length === 0) return;
    const first = Math.min(...rewritten.map((end) => end.sequence));
    const sound = this.ends.filter((end) => !this.unseen.has(end.hash) && end.sequence < first);
    const after = Math.max(this.start.sequence, ...sound.map((end) => end.sequence));
    this.report(
      "rewritten",
      after + 1,
      first,
      "not what was signed: changed and hashed anew from some row on",
    );
  }

  /** Holds the last row to the signed head and anchors, once the chain was followed to its end. */
  checkTail(head: ChainEnd | undefined): void {
    const { sequence, hash } = this.last;
    if (head !== undefined && hash === head.hash) this.settleAmbiguous(head.sequence - sequence);
    const unseen = this.ends.filter((end) => this.unseen.has(end.hash));
    const beyond = Math.max(0, ...unseen.map((end) => end.sequence));
    if (beyond > sequence) {
      this.report("cut-tail", sequence + 1, beyond, "missing at the end: a signature tells of it");
    }
    if (head === undefined && this.verified > 0) {
      this.report("signature-invalid", sequence, sequence, "the last one, and no valid signature says so");
    } else if (
      head !== undefined &&
      head.sequence < sequence &&
      hash !== head.hash &&
      !this.unseen.has(head.hash)
    ) {
      this.report("inserted", head.sequence + 1, sequence, "put in after the signed head");
    }
  }

  report(kind: ChainProblemKind, sequence: number, toSequence: number, what: string): ChainProblem {
    const who = sequence === toSequence ? `Entry ${sequence}` : `Entries ${sequence} to ${toSequence}`;
    const problem = { kind, sequence, toSequence, message: `${who}: ${what}.` };
    this.problemCount += 1;
    if (this.problems.length < problemsKept) this.problems.push(problem);
    return problem;
  }

  private goesOnWith(link: ChainLink): boolean {
    return link.previousHash === this.last.hash && this.isNumberedOn(link.sequence) && isSelfConsistent(link);
  }

  private isNumberedOn(sequence: number): boolean {
    return sequence === this.last.sequence + 1 || sequence === this.lastPutIn + 1;
  }

  private reportPutIn(link: ChainEnd, what = "put in: the chain goes on without it"): void {
    this.report("inserted", link.sequence, link.sequence, what);
    this.lastPutIn = link.sequence;
  }

  private accept(link: ChainLink, hash = link.hash): void {
    const sequence = Math.max(this.last.sequence, link.sequence);
    this.last = { sequence, hash, previousHash: link.previousHash };
    this.lastPutIn = Number.NaN;
    this.unseen.delete(hash);
    this.displaced.delete(link);
    this.verified += 1;
  }

  /** Judges waiting rows until at most `leave` are left. */
  private untangle(leave: number): void {
    while (this.waiting.length > leave) {
      const first = this.waiting[0]!;
      if (this.goesOnWith(first)) {
        this.accept(first);
        this.waiting.shift();
      } else if (!this.settleTwins(first)) {
        this.settle(first);
      }
    }
  }

  /** Two rows that claim the same place: the one that nothing follows was put in. */
  private settleTwins(first: ChainLink): boolean {
    const { last } = this;
    const isTwin = last.previousHash !== undefined && first.previousHash === last.previousHash;
    if (!isTwin) return false;
    this.waiting.shift();
    if (this.goesOnAfter(last.hash) || !this.goesOnAfter(first.hash)) {
      this.reportPutIn(first);
    } else {
      this.reportPutIn(last);
      this.accept(first);
      this.verified -= 1;
    }
    return true;
  }

  private settle(first: ChainLink): void {
    const { last } = this;
    if (this.isBesideTheChain(first)) {
      this.waiting.shift();
      this.reportPutIn(first);
      return;
    }
    const at = this.waiting.findIndex((link) => link.previousHash === last.hash);
    if (at > 0) this.settleDisplaced(at);
    else if (at === 0) this.take(0);
    else if (chainHash(last.hash, first.contentHash) === first.hash) {
      this.report(
        "edited",
        first.sequence,
        first.sequence,
        "edited: names another hash before it than it was made with",
      );
      this.waiting.shift();
      this.accept(first);
    } else this.settleBreak(first);
  }

  /** No row follows on the last one: something is missing, or was changed. */
  private settleBreak(first: ChainLink): void {
    const { last } = this;
    if (
      this.ends.some((end) => end.hash === last.hash && end.sequence === last.sequence) &&
      this.isLastEnd()
    ) {
      this.waiting.shift();
      this.reportPutIn(first, "put in after the signed head");
      return;
    }
    if (first.sequence > last.sequence + 1) {
      const gap = { from: last.sequence + 1, to: first.sequence - 1 };
      this.missing.push(gap);
      this.report("removed", gap.from, gap.to, "removed");
    } else {
      const what = "edited and hashed anew: the next entry follows on another";
      this.ambiguous.push(this.report("edited", last.sequence, last.sequence, what));
    }
    this.last = { sequence: first.sequence - 1, hash: first.previousHash };
    this.unseen.delete(first.previousHash);
  }

  /** Another row follows on the last one as well, and nothing follows on this one. */
  private isBesideTheChain(first: ChainLink): boolean {
    if (first.previousHash !== this.last.hash) return false;
    const rival = this.waiting.some((link) => link !== first && link.previousHash === this.last.hash);
    return rival && !this.goesOnAfter(first.hash);
  }

  private goesOnAfter(hash: string): boolean {
    return (
      this.waiting.some((link) => link.previousHash === hash) || this.ends.some((end) => end.hash === hash)
    );
  }

  private isMissing(sequence: number): boolean {
    return this.missing.some(({ from, to }) => from <= sequence && sequence <= to);
  }

  private isLastEnd(): boolean {
    return this.last.sequence >= Math.max(...this.ends.map((end) => end.sequence));
  }

  /** The row that goes on stands further behind. Those before it are out of place, or do not belong here at all. */
  private settleDisplaced(at: number): void {
    const hashes = new Set(this.waiting.map((link) => link.hash));
    const before = this.waiting.slice(0, at);
    const alien = before.filter((link) => !this.displaced.has(link) && !hashes.has(link.previousHash));
    for (const link of before) {
      if (this.displaced.has(link)) continue;
      if (alien.includes(link)) {
        this.reportPutIn(link);
      } else {
        this.displaced.add(link);
        this.report(
          "reordered",
          link.sequence,
          link.sequence,
          "moved: stands before entries that it follows on",
        );
      }
    }
    this.waiting = this.waiting.filter((link) => !alien.includes(link));
    this.take(at - alien.length);
  }

  private take(at: number): void {
    const [link] = this.waiting.splice(at, 1);
    if (link === undefined) return;
    if (isSelfConsistent(link)) {
      const inPlace = this.isNumberedOn(link.sequence) || at > 0 || this.displaced.has(link);
      if (!inPlace) {
        this.report(
          "reordered",
          link.sequence,
          link.sequence,
          `moved: numbered so, though it follows on entry ${this.last.sequence}`,
        );
      }
      this.accept(link);
      return;
    }
    this.report("edited", link.sequence, link.sequence, "edited: does not say what its hash was made of");
    const right = chainHash(link.previousHash, link.contentHash);
    const goesOn = this.waiting.some((other) => other.previousHash === right);
    this.accept(link, goesOn ? right : link.hash);
  }

  /** Fewer rows than were signed, though none is missing by its number: the breaks are where rows were taken out. */
  private settleAmbiguous(short: number): void {
    if (short <= 0) return;
    for (const problem of this.ambiguous) {
      problem.kind = "removed";
      problem.message = `Entry ${problem.sequence}: an entry after it was removed, and the ones behind were numbered anew.`;
    }
  }
}

function isSelfConsistent(link: ChainLink): boolean {
  return chainHash(link.previousHash, link.contentHash) === link.hash;
}
