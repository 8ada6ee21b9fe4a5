import type {
  ClusterMetadata,
  ExtendedGroupProtocolSubscription,
  GroupAssignment,
} from "@platformatic/kafka";
import { expect, it } from "vitest";
import { shareTopics } from "../kafka/share-topics.js";

type Owned = Record<string, number[]>;

/** Rounds of the group until nothing has to move any more; what each member has of each topic in the end. */
function settle(
  counts: Record<string, number>,
  joined: Record<string, Owned>,
  rounds = 3,
): Record<string, Owned> {
  const metadata = {
    topics: new Map(Object.entries(counts).map(([topic, partitionsCount]) => [topic, { partitionsCount }])),
  } as unknown as ClusterMetadata;
  let owned = joined;
  for (let generation = 0; generation < rounds; generation++) {
    const members = new Map(
      Object.entries(owned).map(([memberId, topics]): [string, ExtendedGroupProtocolSubscription] => {
        const ownedPartitions = Object.entries(topics).map(([topic, partitions]) => ({ topic, partitions }));
        const generationId = ownedPartitions.length > 0 ? generation : -1;
        return [
          memberId,
          { memberId, version: 1, topics: Object.keys(counts), ownedPartitions, generationId },
        ];
      }),
    );
    const shares = shareTopics("", members, new Set(Object.keys(counts)), metadata);
    const given = shares.flatMap(({ assignments }) => [...assignments.values()].flatMap(placesOf));
    expect(new Set(given).size).toBe(given.length);
    owned = Object.fromEntries(
      shares.map(({ memberId, assignments }) => [
        memberId,
        Object.fromEntries(
          [...assignments.values()].map(({ topic, partitions }) => [topic, partitions.sort()]),
        ),
      ]),
    );
  }
  return owned;
}

function placesOf({ topic, partitions }: GroupAssignment): string[] {
  return partitions.map((partition) => `${topic}/${partition}`);
}

it("gives a member that comes later its part of every topic, and leaves the rest where it was", () => {
  const all = [0, 1, 2, 3, 4, 5];
  expect(settle({ a: 6, b: 6 }, { old: { a: all, b: all }, late: {} })).toEqual({
    old: { a: [0, 1, 2], b: [0, 1, 2] },
    late: { a: [3, 4, 5], b: [3, 4, 5] },
  });
});

it("gives nobody a partition before its member has given it back", () => {
  expect(settle({ a: 2 }, { old: { a: [0, 1] }, late: {} }, 1)).toEqual({ old: { a: [0] }, late: {} });
});

it("evens out over topics what one topic cannot be divided by", () => {
  const shares = settle({ a: 1, b: 1, c: 1, d: 1 }, { one: {}, two: {} });
  expect(Object.values(shares).map((topics) => Object.keys(topics).length)).toEqual([2, 2]);
});

it("hands over what a lost member had", () => {
  expect(settle({ a: 4 }, { one: { a: [0, 1] }, two: {} })).toEqual({
    one: { a: [0, 1] },
    two: { a: [2, 3] },
  });
});

it("changes nothing where nothing changed", () => {
  const before = settle({ a: 7, b: 5, c: 3 }, { one: {}, two: {}, three: {} });
  expect(settle({ a: 7, b: 5, c: 3 }, before)).toEqual(before);
});
