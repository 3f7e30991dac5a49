-- What the command line shows, and the API later: one shape for both.

-- name: progress
-- How far a discovery is, by queue: what can be reached from its root, whoever asked it first.
-- `tracks`: how many tracks the questions are about, where each is about an album's. Albums that
-- are asked a second time, by ISRC, stand apart, so that no album counts twice.
with recursive reach(id) as (
    select d.question_id from linernotes.discovery as d where d.id = %(discovery)s::bigint
    union
    select f.follow_up_id
    from linernotes.follow_up as f
    join reach on reach.id = f.question_id
)
select
    q.queue,
    count(*) filter (where q.state = 'answered') as answered,
    count(*) filter (where q.state = 'open') as open,
    count(*) filter (where q.state = 'dead') as dead,
    count(*) filter (where q.state = 'open' and q.failures > 0) as failing,
    min(q.error) filter (where q.state = 'open' and q.failures > 0) as error,
    min(q.answered_at) as first_answered_at,
    max(q.answered_at) as last_answered_at,
    q.body ? 'by_isrc' as by_isrc,
    coalesce(sum(jsonb_array_length(q.body -> 'tracks')), 0)::bigint as tracks
from reach
join linernotes.question as q on q.id = reach.id
group by q.queue, q.body ? 'by_isrc'
order by q.queue, q.body ? 'by_isrc'

-- name: root
-- The question that a discovery started from, and who was meant. Candidates are words of
-- Spotify's, whoever said that it is none of them.
select
    q.key, q.state, q.error, q.answered_at, d.asked_for, d.asked_at,
    a.artist_id, a.reason, a.source,
    case
        when a.retrieved_at + make_interval(secs => k.seconds) > clock_timestamp()
            then a.candidates
        when a.query is not null then '[]'
    end as candidates
from linernotes.discovery as d
join linernotes.question as q on q.id = d.question_id
left join linernotes.artist_answer as a on a.query = q.key
left join linernotes.kept as k on k.source = 'spotify'
where d.id = %(discovery)s::bigint

-- name: coverage
-- For each recording of the artist exactly one state, by what its appearances know together:
-- credited; else still to be asked; else refused or failed; else silent or unknown. Albums
-- not read yet count with all their tracks.
with own as (
    select
        t.recording_id,
        case
            when a.found = 'credited' then 1
            when a.found is null and (ask.state = 'dead' or release.dead) then 4
            when a.found is null and b.closed_until > clock_timestamp() then 3
            when a.found is null then 2
            when a.found = 'silent' then 5
            else 6
        end as rank
    from linernotes.listing as l
    join linernotes.track as t on t.album_id = l.album_id
    left join linernotes.credit_answer as a on a.track_id = t.id and a.source = %(source)s::text
    left join linernotes.question as ask
        on ask.queue = %(credit_queue)s::text and ask.key = t.id
    cross join lateral (
        select
            exists (
                select from linernotes.question as q
                where
                    q.queue in (%(album_queue)s::text, %(release_queue)s::text)
                    and q.key in (
                        t.album_id || ':' || l.artist_id,
                        t.album_id || ':' || l.artist_id || ':isrc'
                    )
                    and q.state = 'dead'
            ) as dead
    ) as release
    left join linernotes.budget as b on b.source = %(source)s::text
    where
        l.artist_id = %(artist)s::text
        and l.read_at is not null
        and t.artist_ids @> array[l.artist_id]
), recordings as (
    select own.recording_id, min(own.rank) as rank from own group by own.recording_id
), unread as (
    select
        greatest(al.total_tracks, 0) as tracks,
        case
            when q.state = 'dead' then 'failed'
            when b.closed_until > clock_timestamp() then 'refused'
            else 'not read'
        end as state
    from linernotes.listing as l
    join linernotes.album as al on al.id = l.album_id
    left join linernotes.question as q
        on q.queue = %(album_queue)s::text and q.key = l.album_id || ':' || l.artist_id
    left join linernotes.budget as b on b.source = al.source
    where l.artist_id = %(artist)s::text and l.read_at is null
)
select
    (select count(*) from recordings where rank = 1) as credited,
    (select count(*) from recordings where rank = 5) as silent,
    (select count(*) from recordings where rank = 6) as unknown,
    (select count(*) from recordings where rank = 2) as waiting,
    (select coalesce(sum(tracks), 0) from unread where state = 'not read')::bigint as unread,
    (select count(*) from recordings where rank = 3)
        + (select coalesce(sum(tracks), 0) from unread where state = 'refused')::bigint as refused,
    (select count(*) from recordings where rank = 4)
        + (select coalesce(sum(tracks), 0) from unread where state = 'failed')::bigint as failed,
    (select count(*) from recordings)
        + (select coalesce(sum(tracks), 0) from unread)::bigint as total,
    (select count(*) from linernotes.listing where artist_id = %(artist)s::text) as albums,
    (
        select count(*) from linernotes.listing
        where artist_id = %(artist)s::text and read_at is not null
    ) as albums_read,
    (
        select count(*) from linernotes.question as q
        where
            q.queue = %(list_queue)s::text
            and q.state <> 'answered'
            and q.body ->> 'artist_id' = %(artist)s::text
    ) as lists_open

-- name: why_failed
-- What the questions met that were given up on and on which the coverage of an artist hangs.
select q.error
from linernotes.question as q
where
    q.state = 'dead'
    and q.error is not null
    and (
        (q.queue = %(list_queue)s::text and q.body ->> 'artist_id' = %(artist)s::text)
        or (
            q.queue in (%(album_queue)s::text, %(release_queue)s::text)
            and split_part(q.key, ':', 2) = %(artist)s::text
        )
        or (
            q.queue = %(credit_queue)s::text
            and exists (
                select from linernotes.track as t
                join linernotes.listing as l on l.album_id = t.album_id
                where t.id = q.key and l.artist_id = %(artist)s::text
            )
        )
    )
group by q.error
order by count(*) desc, q.error

-- name: store_coverage
-- How much of all artists' lists has been read.
select
    count(distinct l.album_id) as albums,
    count(distinct l.album_id) filter (where l.read_at is not null) as albums_read,
    (
        select count(*) from linernotes.question as q
        where q.queue = %(list_queue)s::text and q.state <> 'answered'
    ) as lists_open
from linernotes.listing as l

-- name: hints
-- Names that titles print as the producer's, by recordings: weak evidence, never a producer.
select hint.name, count(distinct t.recording_id) as tracks
from linernotes.listing as l
join linernotes.named_track as t
    on t.album_id = l.album_id and t.artist_ids @> array[l.artist_id]
cross join lateral unnest(t.hints) as hint(name)
where l.artist_id = %(artist)s::text
group by hint.name
order by tracks desc, hint.name

-- name: networks
-- Where producers of the store have profiles.
select distinct p.network from linernotes.profile as p order by p.network

-- name: producers
-- Who produced, ranked by a documented count over the store: recordings, and by name among equals. Years are of each recording's earliest release that any source states, and only
-- recordings of the years that are asked for count. What stands in no list any more, because
-- it was withdrawn, does not count; nor does, for an artist, what only stands in those of others.
with asked as (
    select c.producer_id, c.role, c.source, t.recording_id
    from linernotes.credit as c
    join linernotes.track as t on t.id = c.track_id
    where
        c.role = any(%(roles)s::text[])
        and (%(artist)s::text is null or t.artist_ids @> array[%(artist)s::text])
        and exists (
            select from linernotes.listing as l
            where
                l.album_id = t.album_id
                and l.artist_id = any(t.artist_ids)
                and (%(artist)s::text is null or l.artist_id = %(artist)s::text)
        )
), released as (
    select t.recording_id, substring(min(least(al.release_date, m.first_released)) from '^\d{4}')::int as year
    from linernotes.track as t
    join linernotes.album as al on al.id = t.album_id
    left join linernotes.match as m on m.track_id = t.id
    where t.recording_id in (select asked.recording_id from asked)
    group by t.recording_id
), counted as (
    select
        asked.producer_id,
        array_agg(distinct asked.role) as roles,
        count(distinct asked.recording_id) as tracks,
        min(released.year) as first_year,
        max(released.year) as last_year,
        array_agg(distinct asked.source) as sources
    from asked
    left join released on released.recording_id = asked.recording_id
    where
        (%(since_year)s::int is null or released.year >= %(since_year)s::int)
        and (%(until_year)s::int is null or released.year <= %(until_year)s::int)
    group by asked.producer_id
), reachable as (
    select
        p.producer_id,
        jsonb_agg(
            distinct jsonb_build_object('network', p.network, 'handle', p.handle, 'url', p.url)
        ) as profiles,
        array_agg(distinct p.network) as networks
    from linernotes.profile as p
    group by p.producer_id
)
select
    pr.id as producer_id,
    pr.name,
    pr.kind,
    pr.disambiguation,
    pr.url,
    counted.roles,
    counted.tracks,
    counted.first_year,
    counted.last_year,
    coalesce(reachable.profiles, '[]'::jsonb) as profiles,
    counted.sources
from counted
join linernotes.producer as pr on pr.id = counted.producer_id
left join reachable on reachable.producer_id = counted.producer_id
where
    counted.tracks >= %(min_tracks)s::int
    and (%(network)s::text is null or reachable.networks @> array[%(network)s::text])
order by counted.tracks desc, pr.name, pr.id

-- name: claim_kind
-- Whose facts this database holds is settled by whoever uses it first.
insert into linernotes.store (kind) values (%(kind)s::text)
on conflict (only_row) do nothing

-- name: kind
select s.kind from linernotes.store as s

-- name: keep
-- From now on what the sources say counts for so long: [{source, seconds}]. Kept answers expire
-- with it, if they would later. Rows are locked in the order of answer.take.
with changed as (
    insert into linernotes.kept as k (source, seconds)
    select m.source, m.seconds
    from jsonb_to_recordset(%(kept)s::jsonb) as m(source text, seconds float8)
    order by m.source
    on conflict (source) do update
    set seconds = excluded.seconds
    where k.seconds <> excluded.seconds
    returning k.source, make_interval(secs => k.seconds) as time
), longer as (
    select a.source, a.request, changed.time
    from changed
    join linernotes.answer as a on a.source = changed.source
    where a.expires_at > a.fetched_at + changed.time
    order by a.source, a.request
    for update of a
)
update linernotes.answer as a
set expires_at = least(a.expires_at, a.fetched_at + longer.time)
from longer
where a.source = longer.source and a.request = longer.request

-- name: words_gone
-- Whether words of Spotify's are no longer kept for anything in the artist's list, or all lists.
select exists (
    select from linernotes.artist as a
    left join linernotes.kept as k on k.source = a.source
    where
        (%(artist)s::text is null or a.id = %(artist)s::text)
        and (
            a.name is null
            or a.retrieved_at + make_interval(secs => k.seconds) <= clock_timestamp()
        )
) as gone

-- name: now
select now() as now

-- name: artists
-- Whose catalogue was asked for.
select a.id, a.name, a.url, a.source, a.retrieved_at
from linernotes.named_artist as a
order by a.name, a.id

-- name: answered
-- The artist who was meant by what somebody typed before.
select a.artist_id from linernotes.artist_answer as a where a.query = %(query)s::text

-- name: producer_names
-- Every producer whom a credit names, with the names printed on credits: not who was withdrawn,
-- as by a refresh after a source merged two of one name.
select
    p.id, p.name, p.kind, p.disambiguation, p.url, p.source, p.retrieved_at,
    array(
        select distinct c.printed_as from linernotes.credit as c where c.producer_id = p.id
        order by c.printed_as
    ) as printed_as
from linernotes.producer as p
where exists (select from linernotes.credit as c where c.producer_id = p.id)
order by p.name, p.id

-- name: credits_of
-- Every credit of a producer, across all artists in the store, in the order of release; not
-- those on what stands in no list any more.
select
    c.role, c.scope, c.printed_as, c.detail, c.matched_by, c.source, c.source_url, c.retrieved_at,
    t.id as track_id, t.recording_id, t.title as track, t.isrc, t.url as track_url,
    al.id as album_id, al.title as album, al.url as album_url, al.release_date,
    array(
        select one.artist ->> 'name'
        from jsonb_array_elements(t.artists) with ordinality as one(artist, place)
        where one.artist ->> 'name' is not null
        order by one.place
    ) as artists
from linernotes.credit as c
join linernotes.named_track as t on t.id = c.track_id
join linernotes.named_album as al on al.id = t.album_id
where
    c.producer_id = %(producer)s::text
    and exists (
        select from linernotes.listing as l
        where l.album_id = t.album_id and l.artist_id = any(t.artist_ids)
    )
order by al.release_date nulls last, al.title, t.disc, t.number, c.role, c.scope, c.source

-- name: profiles_of
select p.network, p.handle, p.url, p.source, p.source_url, p.retrieved_at
from linernotes.profile as p
where p.producer_id = %(producer)s::text
order by p.network, p.url, p.source

-- name: profile_answers_of
-- Which sources have been asked where a producer can be found, and which are still to be.
select
    asked.source,
    case
        when a.known is not null then case when a.known then 'known' else 'unknown' end
        when q.state = 'dead' then 'failed'
        else 'not asked yet'
    end as state,
    q.error,
    a.source_url,
    a.retrieved_at
from jsonb_to_recordset(%(queues)s::jsonb) as asked(source text, queue text)
left join linernotes.profile_answer as a
    on a.producer_id = %(producer)s::text and a.source = asked.source
left join linernotes.question as q
    on q.queue = asked.queue and q.key = %(producer)s::text
order by asked.source

-- name: discoveries
-- What was asked for, each artist once, the latest first.
select
    latest.id, latest.asked_for, latest.asked_at, latest.refresh, latest.artist_id, latest.artist,
    latest.url,
    count(*) over () as total
from (
    select distinct on (coalesce(a.artist_id, 'question ' || d.question_id))
        d.id, d.asked_for, d.asked_at, d.refresh, a.artist_id, ar.name as artist, ar.url
    from linernotes.discovery as d
    join linernotes.question as q on q.id = d.question_id
    left join linernotes.artist_answer as a on a.query = q.key
    left join linernotes.named_artist as ar on ar.id = a.artist_id
    order by coalesce(a.artist_id, 'question ' || d.question_id), d.id desc
) as latest
order by latest.id desc
limit %(count)s::int

-- name: totals
-- How much the store holds, of what stands in the list of an artist. Null where nobody has
-- been asked yet: that is not nought.
with standing as materialized (
    select t.id, t.recording_id
    from linernotes.track as t
    where
        exists (
            select from linernotes.listing as l
            where l.album_id = t.album_id and l.artist_id = any(t.artist_ids)
        )
), credited as materialized (
    select distinct c.producer_id
    from linernotes.credit as c
    where c.track_id in (select standing.id from standing)
)
select
    case
        when exists (select from linernotes.artist_answer)
            then (select count(*) from linernotes.artist)
    end as artists,
    case
        when exists (
            select from linernotes.question as q
            where q.queue = %(list_queue)s::text and q.answered_at is not null
        )
            then (select count(distinct l.album_id) from linernotes.listing as l)
    end as albums,
    case
        when exists (select from linernotes.listing as l where l.read_at is not null)
            then (select count(distinct standing.recording_id) from standing)
    end as recordings,
    case
        when exists (select from linernotes.credit_answer)
            then (select count(*) from credited)
    end as producers,
    case
        when exists (select from linernotes.profile_answer)
            then (
                select count(*) from linernotes.profile as p
                where p.producer_id in (select credited.producer_id from credited)
            )
    end as profiles,
    (
        select count(*)
        from public.pgmq_dead_letter_items as d
        left join linernotes.question as q on q.id = (d.details ->> 'question')::bigint
        where q.id is null or q.state = 'dead' or q.queue <> d.queue_name
    ) as dead_letters,
    pg_database_size(current_database()) as bytes

-- name: queues
-- What lies in each queue: waiting to be taken, and hidden because somebody works on it or it
-- waits for its next attempt.
select
    m.queue_name as queue,
    m.queue_visible_length as waiting,
    m.queue_length - m.queue_visible_length as taken,
    m.oldest_msg_age_sec as oldest_seconds
from pgmq.metrics_all() as m
where m.queue_name = any(%(queues)s::text[])
order by m.queue_name

-- name: budgets
-- What each source was asked, how long its answers count, and until when it is closed.
select
    k.source,
    coalesce(b.requests, 0) as requests,
    k.seconds as keep_seconds,
    case when b.closed_until > clock_timestamp() then b.closed_until end as closed_until,
    case
        when b.closed_until > clock_timestamp()
            then extract(epoch from b.closed_until - clock_timestamp())::float8
    end as seconds,
    case when b.closed_until > clock_timestamp() then b.closed_reason end as reason,
    coalesce(b.refused and b.closed_until > clock_timestamp(), false) as refused
from linernotes.kept as k
left join linernotes.budget as b on b.source = k.source
order by k.source

-- name: dead_letters
-- What was given up on, the newest first; not what has been asked again since, by a refresh.
select
    d.id, d.queue_name as queue, q.key, d.fail_count as tries, d.failed_at,
    d.details ->> 'error' as error, d.msg as message
from public.pgmq_dead_letter_items as d
left join linernotes.question as q on q.id = (d.details ->> 'question')::bigint
where q.id is null or q.state = 'dead' or q.queue <> d.queue_name
order by d.failed_at desc, d.id desc

-- name: dead_letters_of
-- The questions of a discovery that were given up on, and why.
with recursive reach(id) as (
    select d.question_id from linernotes.discovery as d where d.id = %(discovery)s::bigint
    union
    select f.follow_up_id
    from linernotes.follow_up as f
    join reach on reach.id = f.question_id
)
select q.queue, q.key, q.error
from reach
join linernotes.question as q on q.id = reach.id
where q.state = 'dead'
order by q.queue, q.key

-- name: one_moment
-- All that follows in this transaction is read as of one moment.
set transaction isolation level repeatable read read only

-- name: to_the_end
-- Cursors of this transaction are read to their end: plan for all rows, not for the first ones.
set local cursor_tuple_fraction = 1

-- name: export_artist
select a.id, a.name, a.url, a.source, a.retrieved_at
from linernotes.named_artist as a
where a.id = %(artist)s::text

-- name: export_album
select
    al.id, al.title, al.album_type, al.release_date, al.total_tracks, al.upc, al.url, al.artists,
    al.source, al.retrieved_at, l."group", l.read_at
from linernotes.listing as l
join linernotes.named_album as al on al.id = l.album_id
where l.artist_id = %(artist)s::text
order by al.release_date nulls last, al.id

-- name: export_track
-- `states`: exactly one for each credit source. credited, silent and unknown are its answers;
-- waiting: not asked yet; refused: closed to us until then; failed: given up on.
-- `joined_because`: what the track shares with others that are taken for the same recording.
select
    t.id, t.album_id, t.recording_id, t.title, t.disc, t.number, t.length_ms, t.isrc, t.url,
    t.artists, t.hints, t.source, t.retrieved_at,
    array(
        select distinct s.why from linernotes.same_recording as s
        where s.track_id = t.id
        order by s.why
    ) as joined_because,
    (
        select
            jsonb_agg(
                jsonb_build_object(
                    'source', asked.source,
                    'state', case
                        when a.found is not null then a.found
                        when dead.queue is not null then 'failed'
                        when b.closed_until > clock_timestamp() then 'refused'
                        else 'waiting'
                    end,
                    'why', case
                        when a.found is not null then a.why
                        when dead.queue is not null then dead.error
                        when b.closed_until > clock_timestamp() then b.closed_reason
                        else 'not asked yet'
                    end,
                    'until', case
                        when a.found is null and dead.queue is null
                            and b.closed_until > clock_timestamp()
                            then b.closed_until
                    end,
                    'source_url', a.source_url,
                    'retrieved_at', a.retrieved_at
                )
                order by asked.source
            )
        from jsonb_to_recordset(%(asked)s::jsonb)
            as asked(source text, credit_queue text, release_queue text, album_queue text)
        left join linernotes.credit_answer as a
            on a.track_id = t.id and a.source = asked.source
        left join linernotes.budget as b on b.source = asked.source
        left join lateral (
            select q.queue, q.error
            from linernotes.question as q
            where
                q.state = 'dead'
                and (
                    (q.queue = asked.credit_queue and q.key = t.id)
                    or (
                        q.queue in (asked.release_queue, asked.album_queue)
                        and q.key in (
                            t.album_id || ':' || l.artist_id,
                            t.album_id || ':' || l.artist_id || ':isrc'
                        )
                    )
                )
            limit 1
        ) as dead on true
    ) as states
from linernotes.listing as l
join linernotes.named_track as t
    on t.album_id = l.album_id and t.artist_ids @> array[l.artist_id]
where l.artist_id = %(artist)s::text
order by t.album_id, t.disc, t.number, t.id

-- name: export_credit
select
    c.track_id, t.title as track, t.url as track_url, t.recording_id, c.producer_id, p.name as producer, c.printed_as,
    c.role, c.scope, c.detail, c.matched_by, c.source, c.source_url, c.retrieved_at
from linernotes.listing as l
join linernotes.named_track as t
    on t.album_id = l.album_id and t.artist_ids @> array[l.artist_id]
join linernotes.credit as c on c.track_id = t.id
join linernotes.producer as p on p.id = c.producer_id
where l.artist_id = %(artist)s::text
order by c.track_id, c.source, c.producer_id, c.role, c.scope

-- name: export_profile
select
    pf.producer_id, p.name as producer, pf.network, pf.handle, pf.url, pf.source, pf.source_url,
    pf.retrieved_at
from linernotes.profile as pf
join linernotes.producer as p on p.id = pf.producer_id
where pf.producer_id in (
    select c.producer_id
    from linernotes.listing as l
    join linernotes.track as t on t.album_id = l.album_id and t.artist_ids @> array[l.artist_id]
    join linernotes.credit as c on c.track_id = t.id
    where l.artist_id = %(artist)s::text
)
order by pf.producer_id, pf.network, pf.url, pf.source
