import { SCHEMA } from "./schema.js";

/**
 * The order of a key's messages, as an expression that no other index has: with the plain `id` Postgres, which may take the
 * queue for small, could as well read all of the primary key in its order.
 */
const ordered = `
create index delivery_in_order on ${SCHEMA}.delivery (subscription, ordering_key, (id + 0)) where ordering_key is not null;
drop index ${SCHEMA}.delivery_ordered;

create or replace function ${SCHEMA}.unblock_heads(p_subscription int, p_keys text[]) returns void language sql as $$
  update ${SCHEMA}.delivery d set blocked = false, run_at = greatest(d.run_at, now())
  where d.blocked and d.id = any (array(
    select head.id
    from unnest(p_keys) k(key)
    cross join lateral (
      select h.id from ${SCHEMA}.delivery h
      where h.subscription = p_subscription and h.ordering_key = k.key order by h.id + 0 limit 1
    ) head
  ))
$$;`;

const handling = `
create or replace function ${SCHEMA}.step(
  p_worker int, p_subscription int,
  p_done bigint[], p_retried bigint[], p_retry_ms float8[], p_buried bigint[], p_errors text[],
  p_returned bigint[], p_keys text[], p_want int, p_follow int,
  p_most int default 2147483647, p_after text default '', p_tenants text[] default '{}', p_held int[] default '{}'
) returns table (
  id bigint, message_id text, body text, attributes text, headers text, ordering_key text,
  attempt int, failures int, published_at timestamptz, tenant text
) language plpgsql as $$
begin
  -- A step lost in a crash of the server is a message delivered again: no need to wait for the disk.
  perform set_config('synchronous_commit', 'off', true);
  if cardinality(p_keys) > 0 then perform ${SCHEMA}.lock_keys(p_keys); end if;

  if cardinality(p_done) > 0 then
    delete from ${SCHEMA}.delivery d where d.id = any (p_done) and d.worker + 0 = p_worker;
  end if;
  if cardinality(p_buried) > 0 then
    with gone as (
      delete from ${SCHEMA}.delivery d where d.id = any (p_buried) and d.worker + 0 = p_worker returning d.*
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
    from unnest(p_retried, p_retry_ms) r(id, ms)
    where d.id = any (p_retried) and d.id = r.id and d.worker + 0 = p_worker;
  end if;
  if cardinality(p_returned) > 0 then
    update ${SCHEMA}.delivery d set worker = null, attempt = d.attempt - 1
    where d.id = any (p_returned) and d.worker + 0 = p_worker;
  end if;
  if cardinality(p_keys) > 0 then perform ${SCHEMA}.unblock_heads(p_subscription, p_keys); end if;

  if p_want > 0 then
    return query
    with locked as materialized (
      select d.id, d.ordering_key, c.tenant, c.turn, c.room
      from (
        select * from ${SCHEMA}.claimable(p_subscription, p_want, p_most, p_after, p_tenants, p_held) best
        order by best.turn, best.behind, best.tenant
      ) c
      cross join lateral (
        select d.* from ${SCHEMA}.delivery d where d.id = c.id limit 1 for update skip locked
      ) d
      where d.worker is null and not d.blocked
      limit p_want
    ),
    head as (
      select l.id, l.ordering_key
      from (select locked.*, row_number() over (partition by locked.tenant order by locked.turn) as place from locked) l
      where l.place <= l.room
    ),
    taken as (
      select h.id from head h
      union all
      select f.id from head h, lateral (
        select d.id from ${SCHEMA}.delivery d
        where d.subscription = p_subscription and d.ordering_key = h.ordering_key and d.id + 0 > h.id
        order by d.id + 0 limit p_follow
      ) f
    )
    update ${SCHEMA}.delivery d set worker = p_worker, attempt = d.attempt + 1
    where d.id = any (array(select t.id from taken t)) and d.worker is null
    returning d.id, d.message_id, d.body::text, d.attributes::text, d.headers::text, d.ordering_key,
      d.attempt, d.failures, d.published_at, d.tenant;
  end if;
end $$;`;

/**
 * Plans that are right however long the queue is, whatever Postgres measured of it last. It is empty at one moment and long
 * at the next, and a plan for few messages (all that wait, compared with each that is taken) takes seconds for many. So each
 * statement has one way only: no joins with the table but `lateral` ones, ids as arrays, and `+ 0` where an index may not be
 * used.
 */
export const steadyPlans = ordered + handling;
