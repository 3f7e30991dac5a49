-- Which messages a lane may hold back for a fuller batch: while more of the same discovery come
-- (docs/decisions/0012).

insert into linernotes.migration (version) values ('20261124150000');

-- From a question to those that it followed from. The primary key leads the other way.
create index follow_up_follow_up_id on linernotes.follow_up (follow_up_id);

-- The first messages of a queue, without taking them. A message is in its queue from the moment
-- its question is asked until its follow-ups are, so whatever is there is open. `question` is
-- null for a message of somebody else.
create function linernotes.peek(queue text, size integer, visible boolean)
returns table (question bigint, enqueued_at timestamptz)
language plpgsql
set search_path = ''
as $$
begin
    return query execute format(
        'select
             case
                 when jsonb_typeof(q.message -> ''question'') = ''number''
                     and q.message ->> ''question'' ~ ''^[0-9]{1,18}$''
                 then (q.message ->> ''question'')::bigint
             end,
             q.enqueued_at
         from pgmq.%I as q
         where not $2 or q.vt <= clock_timestamp()
         order by q.msg_id
         limit $1',
        lower('q_' || queue)
    ) using size, visible;
end
$$;
comment on function linernotes.peek(text, integer, boolean) is 'The first messages of a queue, all or those that can be delivered, without taking them.';

-- Whether for each of these questions something open in the queues `earlier` belongs to the same
-- discovery, that is, follows from something that it follows from as well. `within` are the
-- queues through which one gets there.
--
-- Mostly it does, and then what is open is near the front of its queue: so its ancestors are
-- looked at first, and only a question that shares none of them is searched for by itself. It
-- is a walk along an index, step by step, whatever a planner without statistics would think.
create function linernotes.more_to_come(questions bigint[], earlier text[], within text[])
returns boolean
language plpgsql
set search_path = ''
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    open_ones bigint[];
    near bigint[] := '{}';
    alone bigint;
begin
    select array_agg(p.question) into open_ones
    from unnest(earlier) as e(queue)
    cross join lateral linernotes.peek(e.queue, 10, false) as p
    where p.question is not null;
    while open_ones is not null loop
        with recursive above(id) as (
            select o.id from unnest(open_ones) as o(id)
            union
            select f.question_id
            from above
            join linernotes.follow_up as f on f.follow_up_id = above.id
        )
        select near || array_agg(above.id) into near from above;

        select w.id into alone
        from unnest(questions) as w(id)
        where not exists (
            with recursive above(id) as (
                select w.id
                union
                select f.question_id
                from above
                join linernotes.follow_up as f on f.follow_up_id = above.id
            )
            select from above where above.id in (select n.id from unnest(near) as n(id))
        )
        limit 1;
        if alone is null then
            return true;
        end if;

        with recursive above(id) as (
            select alone
            union
            select f.question_id
            from above
            join linernotes.follow_up as f on f.follow_up_id = above.id
        ), below(id, is_open) as (
            select above.id, false from above
            union
            select q.id, q.state = 'open' and q.queue = any(earlier)
            from below
            join linernotes.follow_up as f on f.question_id = below.id
            join linernotes.question as q on q.id = f.follow_up_id
            where q.queue = any(within)
        )
        select array_agg(found.id) into open_ones
        from (select below.id from below where below.is_open limit 1) as found;
    end loop;
    return false;
end
$$;
comment on function linernotes.more_to_come(bigint[], text[], text[]) is 'Whether to the discovery of each of these questions belongs something open in an earlier queue.';

-- For how many seconds yet a lane may rest for a fuller batch; null if it should go. The oldest
-- message waits for `seconds` at most, and for `idle_seconds` while nothing is in the queues
-- `beside`, which are those of the same source. What a closed source holds back for longer than
-- that is not waited for.
create function linernotes.may_gather(
    queue text,
    size integer,
    seconds double precision,
    idle_seconds double precision,
    earlier text[],
    earlier_sources text[],
    beside text[]
)
returns double precision
language plpgsql
set search_path = ''
as $$
declare
    waiting bigint[];
    since timestamptz;
    rest double precision;
    open_earlier text[];
begin
    select array_agg(p.question order by p.enqueued_at), min(p.enqueued_at)
    into waiting, since
    from linernotes.peek(queue, size, true) as p;
    if waiting is null or cardinality(waiting) >= size or array_position(waiting, null) > 0 then
        return null;
    end if;
    if not exists (
        select from unnest(beside) as b(queue)
        cross join lateral linernotes.peek(b.queue, 1, false)
    ) then
        seconds := least(seconds, idle_seconds);
    end if;
    rest := seconds - extract(epoch from clock_timestamp() - since)::float8;
    if rest <= 0 then
        return null;
    end if;
    select array_agg(e.queue) into open_earlier
    from unnest(earlier, earlier_sources) as e(queue, source)
    left join linernotes.budget as b on b.source = e.source
    where coalesce(b.closed_until, '-infinity') <= clock_timestamp() + make_interval(secs => rest);
    if linernotes.more_to_come(waiting, open_earlier, earlier || queue) then
        return rest;
    end if;
    return null;
end
$$;
comment on function linernotes.may_gather(text, integer, double precision, double precision, text[], text[], text[]) is 'For how many seconds yet a lane may rest for a fuller batch; null if it should go.';

select linernotes.apply_grants();
