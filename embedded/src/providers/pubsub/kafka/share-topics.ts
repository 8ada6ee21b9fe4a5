import type { ExtendedGroupProtocolSubscription, GroupPartitionsAssigner } from "@platformatic/kafka";

type Members = ReadonlyMap<string, ExtendedGroupProtocolSubscription>;

/**
 * Shares each topic by itself among the members that subscribe to it, as evenly as it goes, and leaves partitions where they
 * are as far as that allows. The client's own assignor evens out only the sum over all topics, so that a member which
 * came later got whole topics and nothing of others. A partition that has to move is given to nobody at first: its member
 * gives it back, which begins another round.
 */
export const shareTopics: GroupPartitionsAssigner = (_current, members, topics, metadata) => {
  const shares = new Map([...members.keys()].sort().map((member) => [member, new Map<string, number[]>()]));
  const totals = new Map([...shares.keys()].map((member) => [member, 0]));
  for (const topic of [...topics].sort()) {
    const count = metadata.topics.get(topic)?.partitionsCount ?? 0;
    const owners = ownersOf(members, topic, count);
    for (const [member, partitions] of shareOut(subscribers(members, topic), owners, totals, count)) {
      totals.set(member, totals.get(member)! + partitions.length);
      const now = partitions.filter(
        (partition) => owners.get(partition)?.every((owner) => owner === member) ?? true,
      );
      if (now.length > 0) shares.get(member)!.set(topic, now);
    }
  }
  return [...shares].map(([memberId, share]) => ({
    memberId,
    assignments: new Map([...share].map(([topic, partitions]) => [topic, { topic, partitions }])),
  }));
};

function subscribers(members: Members, topic: string): string[] {
  return [...members].filter(([, { topics }]) => topics?.includes(topic)).map(([member]) => member);
}

/** Who says that it has a partition. Members that missed the last generation have lost what they had. */
function ownersOf(members: Members, topic: string, count: number): Map<number, string[]> {
  const latest = Math.max(...[...members.values()].map(({ generationId }) => generationId ?? -1));
  const owners = new Map<number, string[]>();
  for (const [member, { generationId, ownedPartitions }] of members) {
    if ((generationId ?? -1) < latest) continue;
    const owned = ownedPartitions?.find((each) => each.topic === topic)?.partitions ?? [];
    for (const partition of owned) {
      if (partition < count) owners.set(partition, [...(owners.get(partition) ?? []), member]);
    }
  }
  return owners;
}

/** Who is to have which partitions in the end. What is left over by division goes to those that have the least in all. */
function shareOut(
  members: string[],
  owners: Map<number, string[]>,
  totals: ReadonlyMap<string, number>,
  count: number,
): Map<string, number[]> {
  if (members.length === 0) return new Map();
  const partitions = Array.from({ length: count }, (_, partition) => partition);
  const owned = new Map(
    members.map((member) => [member, partitions.filter((each) => owners.get(each)?.[0] === member)]),
  );
  const inOrder = members.toSorted(
    (one, other) =>
      totals.get(one)! - totals.get(other)! ||
      owned.get(other)!.length - owned.get(one)!.length ||
      (one < other ? -1 : 1),
  );
  const quota = (place: number) =>
    Math.floor(count / members.length) + (place < count % members.length ? 1 : 0);
  const shares = new Map(inOrder.map((member, place) => [member, owned.get(member)!.slice(0, quota(place))]));
  const taken = new Set([...shares.values()].flat());
  const free = partitions.filter((partition) => !taken.has(partition));
  for (const [place, member] of inOrder.entries()) {
    const share = shares.get(member)!;
    share.push(...free.splice(0, quota(place) - share.length));
  }
  return shares;
}
