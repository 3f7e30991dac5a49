-- One row a source, shared by all workers on all machines. Seconds throughout; all times are
-- the server's.

-- name: reserve
-- Take the next slot, unless it is further away than `patience` or the source is closed.
-- Returns the wait until the slot. Slots are `interval` apart, and up to `burst` of them may be
-- taken at once after a pause.
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
    ) + make_interval(secs => %(interval)s::float8),
    requests = b.requests + 1
where
    b.closed_until <= clock_timestamp()
    and b.next_at <= clock_timestamp() + make_interval(secs => %(patience)s::float8)
returning greatest(
    0, extract(epoch from b.next_at - clock_timestamp())::float8 - %(interval)s::float8
) as wait

-- name: closed
-- For how long the source cannot be asked, and why.
select
    greatest(0, extract(epoch from greatest(b.closed_until, b.next_at) - clock_timestamp()))::float8
        as seconds,
    case when b.closed_until > clock_timestamp() then b.closed_reason end as reason
from linernotes.budget as b
where b.source = %(source)s::text

-- name: close
-- The source said when to come back, or refused us: nobody asks it before then, and after that
-- one by one. Of two closings the longer one stands, with its reason: a refusal must not make a
-- `Retry-After` of hours its own, which is then lifted with it.
insert into linernotes.budget as b (source, closed_until, next_at, closed_reason, refused)
values (
    %(source)s::text,
    clock_timestamp() + make_interval(secs => %(seconds)s::float8),
    clock_timestamp() + make_interval(secs => %(seconds)s::float8),
    %(reason)s::text,
    %(refused)s::boolean
)
on conflict (source) do update
set
    closed_until = greatest(b.closed_until, excluded.closed_until),
    next_at = greatest(b.next_at, excluded.next_at),
    closed_reason = case
        when excluded.closed_until >= b.closed_until then excluded.closed_reason
        else b.closed_reason
    end,
    refused = case
        when excluded.closed_until >= b.closed_until then excluded.refused else b.refused
    end

-- name: open
-- Ask it again now: the person says that what was refused is mended.
update linernotes.budget as b
set closed_until = '-infinity', next_at = least(b.next_at, clock_timestamp()), refused = false
where b.source = %(source)s::text and b.refused

-- name: closings
-- The sources that cannot be asked now.
select
    b.source,
    extract(epoch from b.closed_until - clock_timestamp())::float8 as seconds,
    b.closed_until,
    b.closed_reason,
    b.refused
from linernotes.budget as b
where b.closed_until > clock_timestamp()
order by b.source
