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
-- discovery, that is, follows from the same beginning. `within` are the queues through which one
-- gets there.
--
-- Mostly what is open lies near the front of its queue, so its ancestors are looked at first; only
-- from a beginning that is not among them the way down is searched, until something is open. All
-- of it are walks along an index, step by step, whatever a planner without statistics would think.
create function linernotes.more_to_come(questions bigint[], earlier text[], within text[])
returns boolean
language sql
set search_path = ''
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
    with recursive near(id) as (
        select p.question
        from unnest(earlier) as e(queue)
        cross join lateral linernotes.peek(e.queue, 10, false) as p
        where p.question is not null
        union
        select f.question_id
        from near
        join linernotes.follow_up as f on f.follow_up_id = near.id
    ), above(question, id) as (
        select w.id, w.id from unnest(questions) as w(id)
        union
        select above.question, f.question_id
        from above
        join linernotes.follow_up as f on f.follow_up_id = above.id
    ), up as materialized (
        select above.question, above.id from above limit 20001
    ), beginning(id) as materialized (
        select distinct up.id
        from up
        where not exists (
            select from linernotes.follow_up as f where f.follow_up_id = up.id
        )
    ), goes_on(id) as materialized (
        select b.id
        from beginning as b
        where
            b.id in (select near.id from near)
            or exists (
                with recursive below(id, is_open) as (
                    select b.id, false
                    union
                    select q.id, q.state = 'open' and q.queue = any(earlier)
                    from below
                    join linernotes.follow_up as f on f.question_id = below.id
                    join linernotes.question as q on q.id = f.follow_up_id
                    where q.queue = any(within)
                )
                select from (
                    select below.is_open from below
                    limit (select 20000 / count(*) from beginning)
                ) as down
                where down.is_open
            )
    )
    select case
        when not exists (select from near) then false
        when (select count(*) from up) > 20000 then false
        else not exists (
            select from unnest(questions) as w(id)
            where not exists (
                select from up
                where up.question = w.id and up.id in (select goes_on.id from goes_on)
            )
        )
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
    select array_agg(p.question), min(p.enqueued_at)
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
