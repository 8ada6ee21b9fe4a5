/**
 * The queue in Postgres, as migrations of its own schema. docs/adr/0001 says why it is as it is.
 *
 * - One row of `delivery` for each message and subscription, from publishing until it is handled.
 * - `worker` is the process that has the row. A worker holds the advisory lock (lock_class_worker, id) on a
 *   session of its own, so a lock that can be had is a worker that died: no lease to wait for.
 * - Ordering: exactly the first row of a key is not `blocked`. To keep that true, whoever adds rows of a key or
 *   removes its first one holds the key's advisory lock. It also makes ids of a key follow the order of commits.
 */
export const SCHEMA = "axion_pubsub";

/** Notifications: `WORKER:SUBSCRIPTION,SUBSCRIPTION`, where WORKER is the publisher. */
export const CHANNEL = "axion_pubsub";

/** Keys share this many locks, so that a batch of many keys stays within Postgres' lock table. */
const KEY_LOCKS = 512;
export const LOCK_CLASS_WORKER = 0x61780001;
const LOCK_CLASS_KEY = 0x61780002;

/** Dead letters are kept this long for inspection. */
const DEAD_LETTER_RETENTION = "30 days";

const tables = `
create table ${SCHEMA}.subscription (
  id int generated always as identity primary key,
  topic text not null,
  name text not null,
  retention interval not null,
  retired_at timestamptz,
  unique (topic, name)
);

create sequence ${SCHEMA}.worker_id as int;

create table ${SCHEMA}.delivery (
  id bigint generated always as identity primary key,
  subscription int not null,
  message_id text not null,
  body json not null,
  attributes json not null,
  headers json not null,
  ordering_key text,
  blocked boolean not null,
  worker int,
  attempt int not null default 0,
  failures int not null default 0,
  run_at timestamptz not null default now(),
  published_at timestamptz not null default now()
) with (
  autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_insert_scale_factor = 1, autovacuum_vacuum_cost_delay = 0
);
create index delivery_ready on ${SCHEMA}.delivery (subscription, run_at, id) where worker is null and not blocked;
create index delivery_ordered on ${SCHEMA}.delivery (subscription, ordering_key, id) where ordering_key is not null;
create index delivery_taken on ${SCHEMA}.delivery (worker) where worker is not null;

create table ${SCHEMA}.dead_letter (
  id bigint primary key,
  topic text not null,
  subscription text not null,
  message_id text not null,
  body json not null,
  attributes json not null,
  headers json not null,
  ordering_key text,
  attempt int not null,
  error text not null,
  published_at timestamptz not null,
  failed_at timestamptz not null default now()
);
create index dead_letter_failed_at on ${SCHEMA}.dead_letter (failed_at);`;

const ordering = `
create function ${SCHEMA}.lock_keys(p_keys text[]) returns void language plpgsql as $$
declare
  v_lock int;
begin
  for v_lock in
    select distinct abs(hashtext(k) % ${KEY_LOCKS}) from unnest(p_keys) k where k is not null order by 1
  loop
    perform pg_advisory_xact_lock(${LOCK_CLASS_KEY}, v_lock);
  end loop;
end $$;

create function ${SCHEMA}.unblock_heads(p_subscription int, p_keys text[]) returns void language sql as $$
  update ${SCHEMA}.delivery d set blocked = false
  from unnest(p_keys) k(key), lateral (
    select h.id from ${SCHEMA}.delivery h
    where h.subscription = p_subscription and h.ordering_key = k.key order by h.id limit 1
  ) head
  where d.id = head.id and d.blocked
$$;`;

const publishing = `
create function ${SCHEMA}.publish(
  p_worker int, p_topics text[], p_ids text[], p_bodies text[], p_attributes text[], p_headers text[], p_keys text[]
) returns int[] language plpgsql as $$
declare
  v_ready int[];
begin
  perform ${SCHEMA}.lock_keys(p_keys);
  with added as (
    insert into ${SCHEMA}.delivery
      (subscription, message_id, body, attributes, headers, ordering_key, blocked)
    select s.id, m.id, m.body::json, m.attributes::json, m.headers::json, m.key,
      m.key is not null and (
        row_number() over (partition by s.id, m.key order by m.position) > 1
        -- Not "exists", which Postgres may answer by reading the whole table.
        or (select d.id from ${SCHEMA}.delivery d
          where d.subscription = s.id and d.ordering_key = m.key limit 1) is not null
      )
    from unnest(p_topics, p_ids, p_bodies, p_attributes, p_headers, p_keys)
      with ordinality as m(topic, id, body, attributes, headers, key, position)
    join ${SCHEMA}.subscription s on s.topic = m.topic and s.retired_at is null
    order by m.position
    returning subscription, blocked
  )
  select array_agg(distinct subscription) into v_ready from added where not blocked;
  if v_ready is not null then
    perform pg_notify('${CHANNEL}', coalesce(p_worker, 0) || ':' || array_to_string(v_ready, ','));
  end if;
  return coalesce(v_ready, '{}');
end $$;`;

const handling = `
create function ${SCHEMA}.step(
  p_worker int, p_subscription int,
  p_done bigint[], p_retried bigint[], p_retry_ms float8[], p_buried bigint[], p_errors text[],
  p_returned bigint[], p_keys text[], p_want int, p_follow int
) returns table (
  id bigint, message_id text, body text, attributes text, headers text, ordering_key text,
  attempt int, failures int, published_at timestamptz
) language plpgsql as $$
begin
  -- A step lost in a crash of the server is a message delivered again: no need to wait for the disk.
  perform set_config('synchronous_commit', 'off', true);
  if cardinality(p_keys) > 0 then perform ${SCHEMA}.lock_keys(p_keys); end if;

  if cardinality(p_done) > 0 then
    delete from ${SCHEMA}.delivery d where d.id = any (p_done) and d.worker = p_worker;
  end if;
  if cardinality(p_buried) > 0 then
    with gone as (
      delete from ${SCHEMA}.delivery d where d.id = any (p_buried) and d.worker = p_worker returning d.*
    )
    insert into ${SCHEMA}.dead_letter
      (id, topic, subscription, message_id, body, attributes, headers, ordering_key, attempt, error, published_at)
    select g.id, s.topic, s.name, g.message_id, g.body, g.attributes, g.headers, g.ordering_key, g.attempt,
      b.error, g.published_at
    from gone g join unnest(p_buried, p_errors) b(id, error) on b.id = g.id
    join ${SCHEMA}.subscription s on s.id = g.subscription;
  end if;
  if cardinality(p_retried) > 0 then
    update ${SCHEMA}.delivery d
    set worker = null, failures = d.failures + 1, run_at = now() + r.ms * interval '1 millisecond'
    from unnest(p_retried, p_retry_ms) r(id, ms) where d.id = r.id and d.worker = p_worker;
  end if;
  if cardinality(p_returned) > 0 then
    update ${SCHEMA}.delivery d set worker = null, attempt = d.attempt - 1
    where d.id = any (p_returned) and d.worker = p_worker;
  end if;
  if cardinality(p_keys) > 0 then perform ${SCHEMA}.unblock_heads(p_subscription, p_keys); end if;

  if p_want > 0 then
    return query
    with head as materialized (
      select d.id, d.ordering_key from ${SCHEMA}.delivery d
      where d.subscription = p_subscription and d.worker is null and not d.blocked and d.run_at <= now()
      order by d.run_at, d.id limit p_want for update skip locked
    ),
    taken as (
      select h.id from head h
      union all
      select f.id from head h, lateral (
        select d.id from ${SCHEMA}.delivery d
        where d.subscription = p_subscription and d.ordering_key = h.ordering_key and d.id > h.id
        order by d.id limit p_follow
      ) f
    )
    update ${SCHEMA}.delivery d set worker = p_worker, attempt = d.attempt + 1
    from taken t where d.id = t.id and d.worker is null
    returning d.id, d.message_id, d.body::text, d.attributes::text, d.headers::text, d.ordering_key,
      d.attempt, d.failures, d.published_at;
  end if;
end $$;

create function ${SCHEMA}.return_unknown(p_worker int, p_subscription int, p_held bigint[]) returns void
language sql as $$
  update ${SCHEMA}.delivery set worker = null, attempt = attempt - 1
  where worker = p_worker and subscription = p_subscription and id <> all (p_held)
$$;`;

const workers = `
create function ${SCHEMA}.register(p_previous int) returns int language plpgsql as $$
declare
  v_worker int := nextval('${SCHEMA}.worker_id');
begin
  perform pg_advisory_lock(${LOCK_CLASS_WORKER}, v_worker);
  update ${SCHEMA}.delivery set worker = v_worker where worker = p_previous;
  return v_worker;
end $$;

create function ${SCHEMA}.tick(p_worker int, p_subscriptions int[])
returns table (subscription int, due_ms float8) language plpgsql as $$
begin
  perform set_config('synchronous_commit', 'off', true);
  update ${SCHEMA}.delivery d
  set worker = null, attempt = d.attempt - d.blocked::int
  where d.worker in (
    select w.worker from (
      select distinct t.worker from ${SCHEMA}.delivery t where t.worker is not null and t.worker <> p_worker
    ) w
    where pg_try_advisory_xact_lock(${LOCK_CLASS_WORKER}, w.worker)
  );
  return query
  select s.id, extract(epoch from first.run_at - now())::float8 * 1000
  from unnest(p_subscriptions) s(id), lateral (
    select d.run_at from ${SCHEMA}.delivery d
    where d.subscription = s.id and d.worker is null and not d.blocked order by d.run_at limit 1
  ) first;
end $$;

create function ${SCHEMA}.purge() returns bigint language plpgsql as $$
declare
  v_expired bigint[];
  v_keys text[];
  v_subscription int;
  v_purged bigint;
begin
  delete from ${SCHEMA}.dead_letter where failed_at < now() - interval '${DEAD_LETTER_RETENTION}';
  select array_agg(d.id), array_agg(distinct d.ordering_key) into v_expired, v_keys
  from ${SCHEMA}.delivery d join ${SCHEMA}.subscription s on s.id = d.subscription
  where d.worker is null and d.published_at < now() - s.retention;
  if v_expired is null then return 0; end if;
  perform ${SCHEMA}.lock_keys(v_keys);
  delete from ${SCHEMA}.delivery d where d.id = any (v_expired) and d.worker is null;
  get diagnostics v_purged = row_count;
  for v_subscription in select id from ${SCHEMA}.subscription loop
    perform ${SCHEMA}.unblock_heads(v_subscription, v_keys);
  end loop;
  return v_purged;
end $$;`;

/** Keys take turns: the next message of a key goes behind what is ready of others, however long it has waited for its turn. */
const turns = `
create or replace function ${SCHEMA}.unblock_heads(p_subscription int, p_keys text[]) returns void language sql as $$
  update ${SCHEMA}.delivery d set blocked = false, run_at = greatest(d.run_at, now())
  from unnest(p_keys) k(key), lateral (
    select h.id from ${SCHEMA}.delivery h
    where h.subscription = p_subscription and h.ordering_key = k.key order by h.id limit 1
  ) head
  where d.id = head.id and d.blocked
$$;`;

/** The schema as it was first, and what came to it then. */
export const FIRST_MIGRATIONS: readonly string[] = [
  tables + ordering + publishing + handling + workers,
  turns,
];
