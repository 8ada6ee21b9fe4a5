import { CHANNEL, LOCK_CLASS_WORKER, SCHEMA } from "./schema.js";

/** Tenants that one claim looks at. Those behind them come with the claims after it. */
const TENANTS_TOGETHER = 50;
/** Tenants whose next message a look at the clock takes into account. */
const TENANTS_LOOKED_AT = 1_000;

const tenantColumn = `
alter table ${SCHEMA}.delivery add column tenant text collate "C" not null default '';
drop index ${SCHEMA}.delivery_ready;
create index delivery_turns on ${SCHEMA}.delivery (subscription, tenant, run_at, id)
  where worker is null and not blocked;`;

/** Tenants with messages out of hand, in their order, from one on; read from the index, one entry each. */
const waitingTenants = `
create function ${SCHEMA}.waiting_tenants(p_subscription int, p_after text, p_most int) returns setof text
language sql stable as $$
  with recursive found as (
    (
      select d.tenant from ${SCHEMA}.delivery d
      where d.subscription = p_subscription and d.worker is null and not d.blocked and d.tenant > p_after
      order by d.tenant limit 1
    )
    union all
    select (
      select d.tenant from ${SCHEMA}.delivery d
      where d.subscription = p_subscription and d.worker is null and not d.blocked and d.tenant > found.tenant
      order by d.tenant limit 1
    )
    from found where found.tenant is not null
  )
  select tenant from found where tenant is not null limit p_most
$$;`;

/**
 * The messages that one claim may take, the best first: each tenant's in their order, tenants in turns from the one after the
 * last that was served, and those behind that have more in hand. `room` is what a tenant may have of them. Costs the same
 * however many wait; some more than are wanted, as others may take them at the same time.
 */
const claimable = `
create function ${SCHEMA}.claimable(
  p_subscription int, p_want int, p_most int, p_after text, p_tenants text[], p_held int[]
) returns table (id bigint, tenant text, turn bigint, behind boolean, room int) language sql stable as $$
  with after as materialized (
    select tenant from ${SCHEMA}.waiting_tenants(p_subscription, p_after, ${TENANTS_TOGETHER}) tenant
  ),
  others as materialized (
    select tenant from after
    union
    select tenant
    from ${SCHEMA}.waiting_tenants(p_subscription, '', ${TENANTS_TOGETHER} - (select count(*) from after)::int) tenant
    union
    select ''
  ),
  tenants as materialized (
    select o.tenant, coalesce(h.held, 0) as held,
      case when o.tenant = '' then p_want else p_most - coalesce(h.held, 0) end as room
    from others o left join unnest(p_tenants, p_held) h(tenant, held) on h.tenant = o.tenant
  )
  select row.id, t.tenant, t.held + row_number() over (partition by t.tenant order by row.run_at, row.id),
    t.tenant <= p_after, t.room
  from tenants t
  cross join lateral (
    select d.id, d.run_at from ${SCHEMA}.delivery d
    where d.subscription = p_subscription and d.tenant = t.tenant and d.worker is null and not d.blocked
      and d.run_at <= now()
    order by d.run_at, d.id
    limit (select greatest(4, 4 * p_want / count(*)) from tenants)
  ) row
  where t.room > 0
$$;`;

const publishing = `
drop function ${SCHEMA}.publish(int, text[], text[], text[], text[], text[], text[]);
create function ${SCHEMA}.publish(
  p_worker int, p_topics text[], p_ids text[], p_bodies text[], p_attributes text[], p_headers text[], p_keys text[],
  p_tenants text[] default null
) returns int[] language plpgsql as $$
declare
  v_ready int[];
begin
  perform ${SCHEMA}.lock_keys(p_keys);
  with added as (
    insert into ${SCHEMA}.delivery
      (subscription, message_id, body, attributes, headers, ordering_key, tenant, blocked)
    select s.id, m.id, m.body::json, m.attributes::json, m.headers::json, m.key, coalesce(m.tenant, ''),
      m.key is not null and (
        row_number() over (partition by s.id, m.key order by m.position) > 1
        -- Not "exists", which Postgres may answer by reading the whole table.
        or (select d.id from ${SCHEMA}.delivery d
          where d.subscription = s.id and d.ordering_key = m.key limit 1) is not null
      )
    from unnest(p_topics, p_ids, p_bodies, p_attributes, p_headers, p_keys, p_tenants)
      with ordinality as m(topic, id, body, attributes, headers, key, tenant, position)
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
drop function ${SCHEMA}.step(
  int, int, bigint[], bigint[], float8[], bigint[], text[], bigint[], text[], int, int
);
create function ${SCHEMA}.step(
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
    with locked as materialized (
      select d.id, d.ordering_key, c.tenant, c.turn, c.room
      from (
        select * from ${SCHEMA}.claimable(p_subscription, p_want, p_most, p_after, p_tenants, p_held) best
        order by best.turn, best.behind, best.tenant
      ) c
      -- One by one by their ids: Postgres, which may take the table for small, would read all that wait.
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
        where d.subscription = p_subscription and d.ordering_key = h.ordering_key and d.id > h.id
        order by d.id limit p_follow
      ) f
    )
    update ${SCHEMA}.delivery d set worker = p_worker, attempt = d.attempt + 1
    from taken t where d.id = t.id and d.worker is null
    returning d.id, d.message_id, d.body::text, d.attributes::text, d.headers::text, d.ordering_key,
      d.attempt, d.failures, d.published_at, d.tenant;
  end if;
end $$;`;

const upkeep = `
create or replace function ${SCHEMA}.tick(p_worker int, p_subscriptions int[])
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
  select s.id, extract(epoch from min(first.run_at) - now())::float8 * 1000
  from unnest(p_subscriptions) s(id)
  cross join lateral (
    select '' as tenant union all select ${SCHEMA}.waiting_tenants(s.id, '', ${TENANTS_LOOKED_AT})
  ) t
  cross join lateral (
    select d.run_at from ${SCHEMA}.delivery d
    where d.subscription = s.id and d.tenant = t.tenant and d.worker is null and not d.blocked
    order by d.run_at limit 1
  ) first
  group by s.id;
end $$;`;

/**
 * Tenants take turns, and none takes all places of a process: a claim is told what is in hand of which tenant. Processes of
 * the version before go on as they were.
 */
export const tenantTurns = tenantColumn + waitingTenants + claimable + publishing + handling + upkeep;
