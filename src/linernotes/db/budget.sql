-- One row a source, shared by all workers on all machines. Seconds throughout; all times are
-- the server's.

-- name: reserve
-- Take the next slot, unless it is further away than `patience` or the source is closed.
-- Returns the wait until the slot, and the closing it was taken after. Slots are `interval`
-- apart, and up to `burst` of them may be taken at once after a pause. After a closing one asks
-- alone, until the source has answered (`reached`) or `alone` seconds have passed.
insert into linernotes.budget as b (source, next_at, requests)
values (
    %(source)s::text, clock_timestamp() + make_interval(secs => %(interval)s::float8), 1
)
on conflict (source) do update
set
    next_at = greatest(
        b.next_at,
        clock_timestamp()
        - make_interval(secs => (%(burst)s::int - 1) * %(interval)s::float8)
    ) + make_interval(
        secs => case
            when isfinite(b.closed_until) then %(alone)s::float8 else %(interval)s::float8
        end
    ),
    requests = b.requests + 1
where
    b.closed_until <= clock_timestamp()
    and b.next_at <= clock_timestamp() + make_interval(secs => %(patience)s::float8)
returning
    greatest(
        0,
        extract(epoch from b.next_at - clock_timestamp())::float8
        - case
            when isfinite(b.closed_until) then %(alone)s::float8 else %(interval)s::float8
        end
    ) as wait,
    b.closed_until::text as after

-- name: turned_away
-- Whether the source has been closed since a slot was taken `after` another closing.
select
from linernotes.budget as b
where
    b.source = %(source)s::text
    and isfinite(b.closed_until)
    and b.closed_until <> %(after)s::timestamptz

-- name: closed
-- For how long the source cannot be asked, and why.
select
    greatest(0, extract(epoch from greatest(b.closed_until, b.next_at) - clock_timestamp()))::float8
        as seconds,
    case
        when b.closed_until > clock_timestamp() then b.closed_reason
        when isfinite(b.closed_until) then 'asked by one alone after: ' || b.closed_reason
    end as reason
from linernotes.budget as b
where b.source = %(source)s::text

-- name: close
-- The source said when to come back, or refused us: nobody asks it before then, and after that
-- one alone. Of two closings the longer one stands, with its reason: a refusal must not make a
-- `Retry-After` of hours its own, which is then lifted with it. It has answered, so it can be
-- reached. Who asks alone has no later slot beside it that would have to be kept.
insert into linernotes.budget as b (source, closed_until, next_at, closed_reason, refused, told)
values (
    %(source)s::text,
    clock_timestamp() + make_interval(secs => %(seconds)s::float8),
    clock_timestamp() + make_interval(secs => %(seconds)s::float8),
    %(reason)s::text,
    %(refused)s::boolean,
    %(told)s::boolean
)
on conflict (source) do update
set
    closed_until = greatest(b.closed_until, excluded.closed_until),
    next_at = case
        when isfinite(b.closed_until) then greatest(b.closed_until, excluded.closed_until)
        else greatest(b.next_at, excluded.next_at)
    end,
    closed_reason = case
        when excluded.closed_until >= b.closed_until then excluded.closed_reason
        else b.closed_reason
    end,
    refused = case
        when excluded.closed_until >= b.closed_until then excluded.refused else b.refused
    end,
    told = case
        when excluded.closed_until >= b.closed_until then excluded.told else b.told
    end,
    failures = 0

-- name: close_unreachable
-- The source could not be reached: each time in a row for twice as long. Requests that were in
-- the air together fail together, and count once: those whose slot was taken after the same
-- closing. Returns for how long.
update linernotes.budget as b
set
    closed_until = clock_timestamp() + make_interval(secs => next.seconds),
    next_at = case
        when isfinite(b.closed_until) then clock_timestamp() + make_interval(secs => next.seconds)
        else greatest(b.next_at, clock_timestamp() + make_interval(secs => next.seconds))
    end,
    closed_reason = %(reason)s::text,
    refused = false,
    told = false,
    failures = b.failures + 1
from (
    select
        o.source,
        least(%(longest)s::float8, %(first)s::float8 * 2 ^ least(o.failures, 30)) as seconds
    from linernotes.budget as o
    where o.source = %(source)s::text
    for update
) as next
where b.source = next.source and b.closed_until = %(after)s::timestamptz
returning next.seconds

-- name: reached
-- The source has answered: the closing is over, and whoever wants may ask.
update linernotes.budget as b
set
    closed_until = '-infinity',
    next_at = least(
        b.next_at, clock_timestamp() + make_interval(secs => %(interval)s::float8)
    ),
    refused = false,
    told = false,
    failures = 0
where
    b.source = %(source)s::text
    and isfinite(b.closed_until)
    and b.closed_until <= clock_timestamp()

-- name: open
-- Ask it again now, one alone: the person says that what was refused is mended, or that we are
-- back in the network. What the source itself told us stays.
update linernotes.budget as b
set
    closed_until = least(b.closed_until, clock_timestamp()),
    next_at = least(b.next_at, clock_timestamp()),
    refused = false,
    failures = 0
where
    b.source = %(source)s::text
    and isfinite(b.closed_until)
    and (not b.told or b.closed_until <= clock_timestamp())

-- name: closings
-- The sources that cannot be asked now.
select
    b.source,
    extract(epoch from b.closed_until - clock_timestamp())::float8 as seconds,
    b.closed_until,
    b.closed_reason,
    b.refused,
    b.told
from linernotes.budget as b
where b.closed_until > clock_timestamp()
order by b.source
