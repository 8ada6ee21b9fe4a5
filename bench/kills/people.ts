/** What a job, or the undoing of one, counts. */
export interface Counts {
  processed: number;
  converted: number;
  unchanged: number;
  skipped: number;
  failed: number;
}

/** A person to convert: every tenth is a minor, every seventh of an unknown country, every 25th has no name. */
export function person(id: number): object {
  const country = id % 7 === 0 ? "XX" : id % 2 === 0 ? "DE" : "FR";
  return { id, first_name: id % 25 === 0 ? null : `First${id}`, country, age: id % 10 === 0 ? 17 : 40 };
}

/** What the rule makes of the people. */
export function expectedCounts(people: number): Counts {
  const counts = { processed: people, converted: 0, unchanged: 0, skipped: 0, failed: 0 };
  for (let id = 1; id <= people; id++) {
    if (id % 10 === 0) counts.skipped++;
    else if (id % 7 === 0 || id % 25 === 0) counts.failed++;
    else counts.converted++;
  }
  return counts;
}

/** Whether the target has a record of that person before the job. */
export const isThereBefore = (id: number): boolean => id % 4 === 1;

/** What the target has of a person before the job, and again once it is undone. */
export const recordBefore = (id: number): object => ({ id, full_name: `Before${id}`, country: null });

/** The same in SQL, for a table with the columns of the target. */
export const sqlOf = {
  converted: "(id % 10 <> 0 AND id % 7 <> 0 AND id % 25 <> 0)",
  isThereBefore: "(id % 4 = 1)",
  asConverted: "full_name = 'First' || id AND country = CASE id % 2 WHEN 0 THEN 'Germany' ELSE 'France' END",
  asBefore: "full_name = 'Before' || id AND country IS NULL",
};

/** A rule from people to contacts. */
export function definitionOf(target: string, source: { dataSource: string; entity: string }): object {
  return {
    name: target,
    source,
    target: { entity: target },
    naturalKey: ["id"],
    when: "record.age >= 18",
    mappings: [
      { target: "id", column: "id" },
      { target: "full_name", expression: "trim(record.first_name)" },
      {
        target: "country",
        lookup: { entity: "countries", matchColumn: "code", equals: "record.country", valueColumn: "name" },
      },
    ],
  };
}
