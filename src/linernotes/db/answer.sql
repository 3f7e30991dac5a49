-- Requests asked once. Whoever inserts the row asks; the others wait until it is here. All
-- times are the server's: machines whose clocks differ still agree.

-- name: read
-- The answers that are here and still count: not expired, and not from before `since`. One that
-- is being asked for again serves, until then, those for whom it is fresh enough.
select a.request, a.status, a.body, a.fetched_at
from linernotes.answer as a
where
    a.source = %(source)s::text
    and a.request = any(%(requests)s::text[])
    and a.fetched_at is not null
    and a.expires_at > clock_timestamp()
    and (%(since)s::timestamptz is null or a.fetched_at >= %(since)s::timestamptz)

-- name: take
-- Become the one who asks, for those that nobody asks and whose answer does not count. An
-- asker who is past its time is taken for dead. What others ask is left out first: a conflict
-- would lock its row, only to leave it as it is. An asker who takes twice has it twice.
insert into linernotes.answer as a (source, request, state, asker, until)
select
    %(source)s::text, wanted.request, 'asking', %(asker)s::uuid,
    clock_timestamp() + make_interval(secs => %(seconds)s::float8)
from unnest(%(requests)s::text[]) as wanted(request)
where not exists (
    select
    from linernotes.answer as other
    where
        other.source = %(source)s::text
        and other.request = wanted.request
        and other.state = 'asking'
        and other.asker <> %(asker)s::uuid
        and other.until >= clock_timestamp()
)
order by wanted.request
on conflict (source, request) do update
set state = 'asking', asker = excluded.asker, until = excluded.until
where
    (a.state = 'asking' and (a.until < clock_timestamp() or a.asker = excluded.asker))
    or (a.state = 'here' and a.expires_at <= clock_timestamp())
    or (a.state = 'here' and a.fetched_at < %(since)s::timestamptz)
returning a.request

-- name: keep
-- The answers have come. `answers`: [{request, status, body}]; kept for `keep_seconds`. Returns
-- when. Whoever was replaced meanwhile keeps nothing. Rows are locked in the order of `take`.
with mine as (
    select a.request, came.status, came.body
    from jsonb_to_recordset(%(answers)s::jsonb) as came(request text, status int, body text)
    join linernotes.answer as a on a.source = %(source)s::text and a.request = came.request
    where a.asker = %(asker)s::uuid and a.state = 'asking'
    order by a.request
    for update of a
)
update linernotes.answer as a
set
    state = 'here',
    status = mine.status,
    body = mine.body,
    fetched_at = clock_timestamp(),
    expires_at = clock_timestamp() + make_interval(secs => %(keep_seconds)s::float8)
from mine
where a.source = %(source)s::text and a.request = mine.request
returning a.request, a.fetched_at

-- name: give_up
-- We could not ask: whoever wants the answers may ask at once. Locked in the order of `take`.
with mine as (
    select a.request
    from linernotes.answer as a
    where
        a.source = %(source)s::text
        and a.request = any(%(requests)s::text[])
        and a.asker = %(asker)s::uuid
        and a.state = 'asking'
    order by a.request
    for update of a
)
update linernotes.answer as a
set until = '-infinity'
from mine
where a.source = %(source)s::text and a.request = mine.request

-- name: learned
-- What was learned in the last week: an account may be given more, or lose it.
select value
from linernotes.learned
where
    source = %(source)s::text
    and account = %(account)s::text
    and name = %(name)s::text
    and learned_at > now() - interval '7 days'

-- name: learn
insert into linernotes.learned as l (source, account, name, value)
values (%(source)s::text, %(account)s::text, %(name)s::text, %(value)s::text)
on conflict (source, account, name) do update
set value = excluded.value, learned_at = now()
where l.value <> excluded.value or l.learned_at < now() - interval '1 day'

-- name: forget_expired
-- Answers that count no more are not kept, so many at a time; nor what somebody was about to ask
-- again and gave up. Returns how many went.
with expired as (
    select a.source, a.request
    from linernotes.answer as a
    where
        coalesce(a.expires_at, '-infinity') < clock_timestamp()
        and (a.state = 'here' or a.until < clock_timestamp())
    order by a.source, a.request
    limit %(count)s::int
    for update skip locked
), gone as (
    delete from linernotes.answer as a
    using expired
    where a.source = expired.source and a.request = expired.request
    returning 1
)
select count(*) from gone
