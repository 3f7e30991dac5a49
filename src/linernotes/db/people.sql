-- Who produced, for programs that keep people.

-- name: people
-- A row for each person or group whom a credit in one of these roles names, on what stands in
-- the list of an artist: of all, or of the one that is asked for. Counted as in the ranking
-- (report.producers): recordings, each dated by its earliest release that any source states
-- (of a year and a day in it, the day).
-- `evidence_url` proves the credit on the earliest of them. `checked_at` is when a source last
-- said where they can be found.
with credited as (
    select c.producer_id, c.role, c.source, c.source_url, t.recording_id, t.album_id, l.artist_id
    from linernotes.credit as c
    join linernotes.track as t on t.id = c.track_id
    join linernotes.listing as l on l.album_id = t.album_id and l.artist_id = any(t.artist_ids)
    where
        c.role = any(%(roles)s::text[])
        and (%(artist)s::text is null or l.artist_id = %(artist)s::text)
), released as (
    select
        t.recording_id,
        (array_agg(stated.day order by rpad(stated.day, 10, '9')))[1] as day
    from linernotes.track as t
    join linernotes.album as al on al.id = t.album_id
    left join linernotes.match as m on m.track_id = t.id
    cross join lateral (values (al.release_date), (m.first_released)) as stated(day)
    where
        t.recording_id in (select credited.recording_id from credited)
        and stated.day ~ '^\d{4}'
    group by t.recording_id
), counted as (
    select
        credited.producer_id,
        array_agg(distinct credited.role) as roles,
        count(distinct credited.recording_id) as tracks,
        count(distinct credited.album_id) as albums,
        count(distinct credited.artist_id) as artists,
        min(released.day) as first_credit,
        max(released.day) as last_credit,
        array_agg(distinct credited.source) as sources,
        (array_agg(credited.source_url order by released.day nulls last, credited.source_url))[1]
            as evidence_url
    from credited
    left join released on released.recording_id = credited.recording_id
    group by credited.producer_id
), reachable as (
    select
        p.producer_id,
        jsonb_agg(
            jsonb_build_object('network', p.network, 'url', p.url, 'source', p.source)
            order by p.network, p.url, p.source
        ) as profiles
    from linernotes.profile as p
    group by p.producer_id
), asked as (
    select a.producer_id, max(a.retrieved_at) as checked_at
    from linernotes.profile_answer as a
    group by a.producer_id
)
select
    pr.id, pr.source, pr.name, pr.kind, mb.sort_name,
    counted.roles, counted.tracks, counted.albums, counted.artists,
    counted.first_credit, counted.last_credit, counted.sources,
    coalesce(reachable.profiles, '[]'::jsonb) as profiles,
    coalesce(substring(item.source_url from '/(Q\d+)$'), mb.wikidata_id) as wikidata_id,
    coalesce(mb.isnis, '{}') as isnis,
    coalesce(mb.ipis, '{}') as ipis,
    asked.checked_at, counted.evidence_url,
    now() as exported_at
from counted
join linernotes.producer as pr on pr.id = counted.producer_id
left join reachable on reachable.producer_id = pr.id
left join asked on asked.producer_id = pr.id
left join linernotes.identity as mb
    on mb.producer_id = pr.id and mb.source = 'musicbrainz'
left join linernotes.profile_answer as item
    on item.producer_id = pr.id and item.source = 'wikidata' and item.known
order by counted.tracks desc, pr.name, pr.id
