-- One statement for each kind of fact: `facts` is a JSON array, sorted by key and without
-- doubles. A row that would not change is not written. Of two answers the later one counts; one
-- whose words have been erased gives them again.

-- name: store_ArtistAnswer
insert into linernotes.artist_answer as t (query, source, artist_id, reason, candidates, retrieved_at)
select f.query, f.source, f.artist_id, f.reason, f.candidates, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    query text, source text, artist_id text, reason text, candidates jsonb, retrieved_at timestamptz
)
order by f.query
on conflict (query) do update
set
    source = excluded.source,
    artist_id = excluded.artist_id,
    reason = excluded.reason,
    candidates = excluded.candidates,
    retrieved_at = excluded.retrieved_at
where
    t.retrieved_at < excluded.retrieved_at
    or (t.candidates = '[]' and t.retrieved_at = excluded.retrieved_at)

-- name: store_Artist
insert into linernotes.artist as t (id, source, name, url, retrieved_at)
select f.id, f.source, f.name, f.url, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    id text, source text, name text, url text, retrieved_at timestamptz
)
order by f.id
on conflict (id) do update
set name = excluded.name, url = excluded.url, retrieved_at = excluded.retrieved_at
where
    t.retrieved_at < excluded.retrieved_at
    or (t.name is null and t.retrieved_at = excluded.retrieved_at)

-- name: store_Album
-- A page of albums says no barcode, the album itself does: what is known stays known, and the
-- album is taken for its barcode's sake even after a later page.
insert into linernotes.album as t (
    id, source, title, album_type, release_date, total_tracks, upc, url, artists, retrieved_at
)
select
    f.id, f.source, f.title, f.album_type, f.release_date, f.total_tracks, f.upc, f.url,
    f.artists, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    id text, source text, title text, album_type text, release_date text, total_tracks int,
    upc text, url text, artists jsonb, retrieved_at timestamptz
)
order by f.id
on conflict (id) do update
set
    title = excluded.title,
    album_type = excluded.album_type,
    release_date = excluded.release_date,
    total_tracks = excluded.total_tracks,
    upc = coalesce(excluded.upc, t.upc),
    url = excluded.url,
    artists = excluded.artists,
    retrieved_at = excluded.retrieved_at
where
    t.retrieved_at < excluded.retrieved_at
    or (t.upc is null and excluded.upc is not null)
    or (t.title is null and t.retrieved_at = excluded.retrieved_at)

-- name: store_Listing
-- An album that stands in two groups keeps the first in the order of their names.
insert into linernotes.listing as t (artist_id, album_id, "group", source, retrieved_at)
select f.artist_id, f.album_id, f."group", f.source, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    artist_id text, album_id text, "group" text, source text, retrieved_at timestamptz
)
order by f.artist_id, f.album_id
on conflict (artist_id, album_id) do update
set
    "group" = least(t."group", excluded."group"),
    retrieved_at = greatest(t.retrieved_at, excluded.retrieved_at)
where t.retrieved_at < excluded.retrieved_at or excluded."group" < t."group"

-- name: store_ListingEnd
-- After a refresh: withdraw the albums that the list no longer shows.
delete from linernotes.listing as t
using jsonb_to_recordset(%(facts)s::jsonb) as f(artist_id text, "group" text, since timestamptz)
where
    t.artist_id = f.artist_id
    and t."group" = f."group"
    and t.retrieved_at < f.since

-- name: lock_recordings
-- Two commits that join tracks to recordings go one after the other.
select pg_advisory_xact_lock(hashtextextended('linernotes.recording', 0))

-- name: store_Track
-- Key and version of the title are only compared: a digest outlives the words.
insert into linernotes.track as t (
    id, album_id, source, title, disc, number, length_ms, isrc, url, artists, artist_ids,
    title_key, version, hints, recording_id, retrieved_at
)
select
    f.id, f.album_id, f.source, f.title, f.disc, f.number, f.length_ms, f.isrc, f.url, f.artists,
    array(select jsonb_array_elements(f.artists) ->> 'id'),
    md5(f.title_key), case when f.version = '' then '' else md5(f.version) end, f.hints, f.id,
    f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    id text, album_id text, source text, title text, disc int, number int, length_ms int,
    isrc text, url text, artists jsonb, title_key text, version text, hints text[],
    retrieved_at timestamptz
)
order by f.id
on conflict (id) do update
set
    album_id = excluded.album_id,
    title = excluded.title,
    disc = excluded.disc,
    number = excluded.number,
    length_ms = excluded.length_ms,
    isrc = coalesce(excluded.isrc, t.isrc),
    url = excluded.url,
    artists = excluded.artists,
    artist_ids = excluded.artist_ids,
    title_key = excluded.title_key,
    version = excluded.version,
    hints = excluded.hints,
    retrieved_at = excluded.retrieved_at
where
    t.retrieved_at < excluded.retrieved_at
    or (t.title is null and t.retrieved_at = excluded.retrieved_at)

-- name: store_TrackIsrc
update linernotes.track as t
set isrc = f.isrc
from jsonb_to_recordset(%(facts)s::jsonb) as f(track_id text, isrc text)
where t.id = f.track_id and t.isrc is distinct from f.isrc

-- name: store_AlbumRead
-- The album has been read. After a refresh: withdraw the tracks that it no longer has, and
-- what was said of them. Returns the tracks that were one recording with those.
with reads as (
    select f.artist_id, f.album_id, f.since, f.retrieved_at
    from jsonb_to_recordset(%(facts)s::jsonb) as f(
        artist_id text, album_id text, since timestamptz, retrieved_at timestamptz
    )
), gone as (
    delete from linernotes.track as t
    using reads
    where t.album_id = reads.album_id and t.retrieved_at < reads.since
    returning t.id, t.recording_id
), credits_gone as (
    delete from linernotes.credit as t using gone where t.track_id = gone.id
), answers_gone as (
    delete from linernotes.credit_answer as t using gone where t.track_id = gone.id
), unknown_roles_gone as (
    delete from linernotes.unknown_role as t using gone where t.track_id = gone.id
), matches_gone as (
    delete from linernotes.match as t using gone where t.track_id = gone.id
), read as (
    update linernotes.listing as t
    set read_at = reads.retrieved_at
    from reads
    where
        t.artist_id = reads.artist_id
        and t.album_id = reads.album_id
        and (t.read_at is null or t.read_at < reads.retrieved_at)
)
select t.id
from linernotes.track as t
where
    t.recording_id in (select gone.recording_id from gone)
    and t.id not in (select gone.id from gone)

-- name: store_Match
insert into linernotes.match as t (
    track_id, source, recording, release, title, release_title, how, first_released, source_url,
    retrieved_at
)
select
    f.track_id, f.source, f.recording, f.release, f.title, f.release_title, f.how,
    f.first_released, f.source_url, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    track_id text, source text, recording text, release text, title text, release_title text,
    how text, first_released text, source_url text, retrieved_at timestamptz
)
order by f.track_id, f.source
on conflict (track_id, source) do update
set
    recording = excluded.recording,
    release = excluded.release,
    title = excluded.title,
    release_title = excluded.release_title,
    how = excluded.how,
    first_released = excluded.first_released,
    source_url = excluded.source_url,
    retrieved_at = excluded.retrieved_at
where t.retrieved_at < excluded.retrieved_at

-- name: join_recordings
select linernotes.join_recordings(%(track_ids)s::text[])

-- name: lock_producers
-- Commits that name producers go side by side; one that merges two goes alone, or it would
-- miss what others are storing under the old id.
select case
    when %(alone)s::boolean
    then pg_advisory_xact_lock(hashtextextended('linernotes.producer', 0))
    else pg_advisory_xact_lock_shared(hashtextextended('linernotes.producer', 0))
end

-- name: store_Merged
insert into linernotes.merged as t (id, current_id, source, retrieved_at)
select f.id, f.current_id, f.source, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    id text, current_id text, source text, retrieved_at timestamptz
)
order by f.id
on conflict (id) do update
set current_id = excluded.current_id, retrieved_at = excluded.retrieved_at
where t.retrieved_at < excluded.retrieved_at

-- name: move_merged
select linernotes.move_merged(%(producer_ids)s::text[])

-- name: store_Producer
insert into linernotes.producer as t (
    id, source, name, kind, disambiguation, url, retrieved_at
)
select f.id, f.source, f.name, f.kind, f.disambiguation, f.url, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    id text, source text, name text, kind text, disambiguation text, url text,
    retrieved_at timestamptz
)
order by f.id
on conflict (id) do update
set
    name = excluded.name,
    kind = excluded.kind,
    disambiguation = excluded.disambiguation,
    url = excluded.url,
    retrieved_at = excluded.retrieved_at
where
    t.retrieved_at < excluded.retrieved_at
    and (t.name, t.kind, t.disambiguation, t.url)
        is distinct from (excluded.name, excluded.kind, excluded.disambiguation, excluded.url)

-- name: store_CreditAnswer
-- A later answer withdraws what an earlier one said; the credits that it states come next.
with answers as (
    insert into linernotes.credit_answer as t (
        track_id, source, found, why, source_url, retrieved_at
    )
    select f.track_id, f.source, f.found, f.why, f.source_url, f.retrieved_at
    from jsonb_to_recordset(%(facts)s::jsonb) as f(
        track_id text, source text, found text, why text, source_url text,
        retrieved_at timestamptz
    )
    order by f.track_id, f.source
    on conflict (track_id, source) do update
    set
        found = excluded.found,
        why = excluded.why,
        source_url = excluded.source_url,
        retrieved_at = excluded.retrieved_at
    where t.retrieved_at < excluded.retrieved_at
    returning track_id, source, retrieved_at
), matches_gone as (
    delete from linernotes.match as t using answers
    where
        t.track_id = answers.track_id
        and t.source = answers.source
        and t.retrieved_at < answers.retrieved_at
), unknown_roles_gone as (
    delete from linernotes.unknown_role as t using answers
    where
        t.track_id = answers.track_id
        and t.source = answers.source
        and t.retrieved_at < answers.retrieved_at
)
delete from linernotes.credit as t using answers
where
    t.track_id = answers.track_id
    and t.source = answers.source
    and t.retrieved_at < answers.retrieved_at

-- name: store_Credit
insert into linernotes.credit as t (
    track_id, source, producer_id, role, scope, printed_as, detail, matched_by, source_url,
    retrieved_at
)
select
    f.track_id, f.source, f.producer_id, f.role, f.scope, f.printed_as, f.detail, f.matched_by,
    f.source_url, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    track_id text, source text, producer_id text, role text, scope text, printed_as text,
    detail text, matched_by text, source_url text, retrieved_at timestamptz
)
order by f.track_id, f.source, f.producer_id, f.role, f.scope
on conflict (track_id, source, producer_id, role, scope) do update
set
    printed_as = excluded.printed_as,
    detail = excluded.detail,
    matched_by = excluded.matched_by,
    source_url = excluded.source_url,
    retrieved_at = excluded.retrieved_at
where t.retrieved_at < excluded.retrieved_at

-- name: store_UnknownRole
insert into linernotes.unknown_role as t (
    track_id, source, source_url, kind, met, words, retrieved_at
)
select f.track_id, f.source, f.source_url, f.kind, f.met, f.words, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    track_id text, source text, source_url text, kind text, met text, words text,
    retrieved_at timestamptz
)
order by f.track_id, f.source, f.source_url, f.kind, f.met
on conflict (track_id, source, source_url, kind, met) do update
set words = excluded.words, retrieved_at = excluded.retrieved_at
where t.retrieved_at < excluded.retrieved_at

-- name: store_ProfileAnswer
with answers as (
    insert into linernotes.profile_answer as t (
        producer_id, source, known, source_url, retrieved_at
    )
    select f.producer_id, f.source, f.known, f.source_url, f.retrieved_at
    from jsonb_to_recordset(%(facts)s::jsonb) as f(
        producer_id text, source text, known boolean, source_url text, retrieved_at timestamptz
    )
    order by f.producer_id, f.source
    on conflict (producer_id, source) do update
    set
        known = excluded.known,
        source_url = excluded.source_url,
        retrieved_at = excluded.retrieved_at
    where t.retrieved_at < excluded.retrieved_at
    returning producer_id, source, retrieved_at
), identities_gone as (
    delete from linernotes.identity as t using answers
    where
        t.producer_id = answers.producer_id
        and t.source = answers.source
        and t.retrieved_at < answers.retrieved_at
)
delete from linernotes.profile as t using answers
where
    t.producer_id = answers.producer_id
    and t.source = answers.source
    and t.retrieved_at < answers.retrieved_at

-- name: store_Identity
insert into linernotes.identity as t (
    producer_id, source, sort_name, isnis, ipis, wikidata_id, source_url, retrieved_at
)
select
    f.producer_id, f.source, f.sort_name, f.isnis, f.ipis, f.wikidata_id, f.source_url,
    f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    producer_id text, source text, sort_name text, isnis text[], ipis text[], wikidata_id text,
    source_url text, retrieved_at timestamptz
)
order by f.producer_id, f.source
on conflict (producer_id, source) do update
set
    sort_name = excluded.sort_name,
    isnis = excluded.isnis,
    ipis = excluded.ipis,
    wikidata_id = excluded.wikidata_id,
    source_url = excluded.source_url,
    retrieved_at = excluded.retrieved_at
where t.retrieved_at < excluded.retrieved_at

-- name: store_Profile
insert into linernotes.profile as t (
    producer_id, source, url, network, handle, source_url, retrieved_at
)
select f.producer_id, f.source, f.url, f.network, f.handle, f.source_url, f.retrieved_at
from jsonb_to_recordset(%(facts)s::jsonb) as f(
    producer_id text, source text, url text, network text, handle text, source_url text,
    retrieved_at timestamptz
)
order by f.producer_id, f.source, f.url
on conflict (producer_id, source, url) do update
set
    network = excluded.network,
    handle = excluded.handle,
    source_url = excluded.source_url,
    retrieved_at = excluded.retrieved_at
where t.retrieved_at < excluded.retrieved_at
