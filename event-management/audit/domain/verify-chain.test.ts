import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainHash, genesisHash } from "./chain.js";
import { type ChainEnd, type ChainLink, ChainVerifier } from "./verify-chain.js";

const sha = (text: string): string => createHash("sha256").update(text).digest("hex");
const genesis: ChainEnd = { sequence: 0, hash: genesisHash };

function chainOf(length: number): ChainLink[] {
  const links: ChainLink[] = [];
  let previousHash = genesisHash;
  for (let sequence = 1; sequence <= length; sequence++) {
    const contentHash = sha(`content ${sequence}`);
    const hash = chainHash(previousHash, contentHash);
    links.push({ sequence, previousHash, hash, contentHash });
    previousHash = hash;
  }
  return links;
}

function forged(after: ChainLink, text = "forged"): ChainLink {
  const contentHash = sha(text);
  const hash = chainHash(after.hash, contentHash);
  return { sequence: after.sequence + 1, previousHash: after.hash, contentHash, hash };
}

const renumbered = (links: ChainLink[]): ChainLink[] =>
  links.map((link, index) => ({ ...link, sequence: index + 1 }));

function problemsOf(links: ChainLink[], original: ChainLink[], anchorAt?: number): string[] {
  const head = original.at(-1)!;
  const anchor = anchorAt === undefined ? [] : [original[anchorAt - 1]!];
  const verifier = new ChainVerifier(genesis, [...anchor, head]);
  for (const link of links) verifier.add(link);
  verifier.finish();
  verifier.checkEnds();
  verifier.checkTail(head);
  return verifier.problems.map(({ kind, sequence, toSequence }) =>
    sequence === toSequence ? `${kind} ${sequence}` : `${kind} ${sequence}-${toSequence}`,
  );
}

describe("a chain", () => {
  const chain = chainOf(20);
  const [before, touched, after] = [chain.slice(0, 9), chain[9]!, chain.slice(10)];

  it("that nobody touched has no problem", () => {
    expect(problemsOf(chain, chain, 7)).toEqual([]);
  });

  it("shows which row was edited", () => {
    const edited = { ...touched, contentHash: sha("edited") };
    expect(problemsOf([...before, edited, ...after], chain)).toEqual(["edited 10"]);
  });

  it("shows which row was edited and hashed again", () => {
    const contentHash = sha("edited");
    const edited = { ...touched, contentHash, hash: chainHash(touched.previousHash, contentHash) };
    expect(problemsOf([...before, edited, ...after], chain)).toEqual(["edited 10"]);
  });

  it("shows a hash that was edited, of the row or of the one before", () => {
    expect(problemsOf([...before, { ...touched, hash: sha("x") }, ...after], chain)).toEqual(["edited 10"]);
    const edited = { ...touched, previousHash: sha("x") };
    expect(problemsOf([...before, edited, ...after], chain)).toEqual(["edited 10"]);
  });

  it("shows which rows were removed, also at its beginning", () => {
    expect(problemsOf([...before, ...after.slice(2)], chain, 11)).toEqual(["removed 10-12"]);
    expect(problemsOf(chain.slice(2), chain)).toEqual(["removed 1-2"]);
  });

  it("shows a removed row though the others were numbered anew", () => {
    expect(problemsOf(renumbered([...before, ...after]), chain)).toEqual(["removed 9"]);
  });

  it("shows a row that was put in, with or without room made for it", () => {
    const alien = forged(before.at(-1)!);
    expect(problemsOf(renumbered([...before, alien, touched, ...after]), chain)).toEqual(["inserted 10"]);
    expect(problemsOf([...before, alien, touched, ...after], chain)).toEqual(["inserted 10"]);
    expect(problemsOf([...before, touched, alien, ...after], chain)).toEqual(["inserted 10"]);
    const loose = { ...alien, previousHash: sha("y"), hash: sha("z") };
    expect(problemsOf(renumbered([...before, loose, touched, ...after]), chain)).toEqual(["inserted 10"]);
  });

  it("shows a row that was put in at its end", () => {
    expect(problemsOf([...chain, forged(chain.at(-1)!)], chain)).toEqual(["inserted 21"]);
    const loose = { ...forged(chain.at(-1)!), previousHash: sha("y"), hash: sha("z") };
    expect(problemsOf([...chain, loose], chain)).toEqual(["inserted 21"]);
  });

  it("shows rows that changed places", () => {
    const [first, ...rest] = after;
    expect(problemsOf(renumbered([...before, first!, touched, ...rest]), chain)).toEqual(["reordered 10"]);
  });

  it("shows that its tail was cut, by the head or, where that was set back, by an anchor", () => {
    expect(problemsOf(chain.slice(0, 15), chain)).toEqual(["cut-tail 16-20"]);
    const shorter = chain.slice(0, 12);
    expect(problemsOf(shorter, shorter)).toEqual([]);
    const verifier = new ChainVerifier(genesis, [chain[14]!, shorter.at(-1)!]);
    for (const link of shorter) verifier.add(link);
    verifier.finish();
    verifier.checkTail(shorter.at(-1)!);
    expect(verifier.problems).toMatchObject([{ kind: "cut-tail", sequence: 13, toSequence: 15 }]);
  });

  it("that was hashed anew from a row on shows between which anchors", () => {
    const links = chain.slice(0, 12);
    for (let sequence = 13; sequence <= 20; sequence++)
      links.push(forged(links.at(-1)!, `other ${sequence}`));
    expect(problemsOf(links, chain, 7)).toEqual(["rewritten 8-20"]);
  });

  it("shows every single change of any row, removal and exchange", () => {
    const long = chainOf(60);
    const at = fc.integer({ min: 0, max: 59 });
    const tampered = fc.oneof(
      at.map((i) => long.map((link, j) => (i === j ? { ...link, contentHash: sha("x") } : link))),
      at.map((i) => long.map((link, j) => (i === j ? { ...link, hash: sha("x") } : link))),
      at.map((i) => long.filter((_, j) => i !== j)),
      at.map((i) => renumbered(long.filter((_, j) => i !== j))),
      fc
        .tuple(at, at)
        .filter(([i, j]) => i !== j)
        .map(([i, j]) => renumbered(long.map((link, k) => (k === i ? long[j]! : k === j ? long[i]! : link)))),
    );
    fc.assert(fc.property(tampered, (links) => problemsOf(links, long).length > 0));
  });

  it("is followed in bounded memory however much of it is broken", () => {
    const long = chainOf(10_000);
    const broken = long.filter(({ sequence }) => sequence % 3 !== 0);
    expect(problemsOf(broken, long)).toHaveLength(100);
  });
});
