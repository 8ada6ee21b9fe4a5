import postgres from "postgres";
import { expectedCounts, isThereBefore, sqlOf } from "./people.ts";
import { adminOf } from "./postmaster.ts";

interface Found {
  /** Records of the target, and those of them that are not as they should be. */
  records: number;
  wrong: number;
  /** Links in force, and the target records that they say were created and updated. */
  links: number;
  created: number;
  updated: number;
  /** Links that were overwritten; once the job is undone, those that say so. */
  history: number;
}

/** Compares a target and its links with what they must hold: after the job, or once it is undone. */
export async function checkData(
  adminUrl: string,
  { target, people, jobId, undoId }: { target: string; people: number; jobId: string; undoId?: string },
): Promise<string[]> {
  const found = await read(adminUrl, { target, jobId, undoId });
  const should = undoId === undefined ? afterJob(people) : afterUndo(people);
  return Object.entries(should).flatMap(([name, count]) =>
    found[name as keyof Found] === count
      ? []
      : [`${name}: ${found[name as keyof Found]} instead of ${count}`],
  );
}

function afterJob(people: number): Found {
  const ids = Array.from({ length: people }, (_, at) => at + 1);
  const isConverted = (id: number) => id % 10 !== 0 && id % 7 !== 0 && id % 25 !== 0;
  const { converted } = expectedCounts(people);
  const updated = ids.filter((id) => isConverted(id) && isThereBefore(id)).length;
  const before = ids.filter(isThereBefore).length;
  return {
    records: converted + before - updated,
    wrong: 0,
    links: converted,
    created: converted - updated,
    updated,
    history: 0,
  };
}

function afterUndo(people: number): Found {
  const before = Array.from({ length: people }, (_, at) => at + 1).filter(isThereBefore).length;
  const history = expectedCounts(people).converted;
  return { records: before, wrong: 0, links: 0, created: 0, updated: 0, history };
}

async function read(
  adminUrl: string,
  { target, jobId, undoId }: { target: string; jobId: string; undoId?: string },
): Promise<Found> {
  const server = adminOf(adminUrl);
  const [place] = await server<
    { datname: string }[]
  >`SELECT datname FROM pg_database WHERE datname LIKE '%workspace%'`;
  await server.end();
  const url = new URL(adminUrl);
  url.pathname = `/${place!.datname}`;
  const workspace = postgres(url.href, { max: 1, onnotice: () => {} });
  try {
    const [schema] = await workspace<{ name: string }[]>`
      SELECT table_schema AS name FROM information_schema.tables WHERE table_name = ${target}`;
    const right =
      undoId === undefined
        ? `CASE WHEN ${sqlOf.converted} THEN ${sqlOf.asConverted} ELSE ${sqlOf.isThereBefore} AND ${sqlOf.asBefore} END`
        : `${sqlOf.isThereBefore} AND ${sqlOf.asBefore}`;
    const [contents] = await workspace<Pick<Found, "records" | "wrong">[]>`
      SELECT count(*)::integer AS records, count(*) FILTER (WHERE (${workspace.unsafe(right)}) IS NOT TRUE)::integer AS wrong
      FROM ${workspace(schema!.name)}.${workspace(target)}`;
    const [links] = await workspace<Omit<Found, "records" | "wrong">[]>`
      SELECT count(*)::integer AS links, count(DISTINCT target_key) FILTER (WHERE action = 'create')::integer AS created,
        count(DISTINCT target_key) FILTER (WHERE action = 'update')::integer AS updated,
        (SELECT count(*)::integer FROM axion.link_history
         WHERE target_entity = ${target} AND undone_by IS NOT DISTINCT FROM ${undoId ?? null}::uuid) AS history
      FROM axion.links WHERE target_entity = ${target} AND job_id = ${jobId}`;
    return { ...contents!, ...links! };
  } finally {
    await workspace.end();
  }
}
