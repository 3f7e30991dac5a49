-- The facts. Each row is what one source said, and when. No foreign keys: a fact stands on its
-- own, and arrives when its source gives it; readers join what is there (docs/decisions/0004).

insert into linernotes.migration (version) values ('20261124090200');

create table linernotes.artist_answer (
    query text primary key,
    source text not null,
    artist_id text,
    reason text not null,
    candidates jsonb not null,
    retrieved_at timestamptz not null
);
alter table linernotes.artist_answer enable row level security;
comment on table linernotes.artist_answer is 'Who is meant by what somebody typed, and why.';
comment on column linernotes.artist_answer.query is 'The key of the question: name:Drake, or id: and a Spotify id.';
comment on column linernotes.artist_answer.source is 'Whom we asked.';
comment on column linernotes.artist_answer.artist_id is 'Null where nobody has the name, or several do.';
comment on column linernotes.artist_answer.reason is 'Why this artist, or why none, for a person.';
comment on column linernotes.artist_answer.candidates is 'Those that come near: id, name, url, about.';
comment on column linernotes.artist_answer.retrieved_at is 'When the source said so.';

create table linernotes.artist (
    id text primary key,
    source text not null,
    name text not null,
    url text not null,
    retrieved_at timestamptz not null
);
alter table linernotes.artist enable row level security;
comment on table linernotes.artist is 'Artists whose catalogue was asked for.';
comment on column linernotes.artist.id is 'The source''s own id.';
comment on column linernotes.artist.source is 'Who says so.';
comment on column linernotes.artist.name is 'The name as the source writes it.';
comment on column linernotes.artist.url is 'Its page at the source.';
comment on column linernotes.artist.retrieved_at is 'When the source said so.';

create table linernotes.album (
    id text primary key,
    source text not null,
    title text not null,
    album_type text not null,
    release_date text,
    total_tracks integer not null,
    upc text,
    url text not null,
    artists jsonb not null,
    retrieved_at timestamptz not null
);
alter table linernotes.album enable row level security;
comment on table linernotes.album is 'Albums, singles and compilations.';
comment on column linernotes.album.id is 'The source''s own id.';
comment on column linernotes.album.source is 'Who says so.';
comment on column linernotes.album.title is 'The title as the source writes it.';
comment on column linernotes.album.album_type is 'album, single or compilation, as the source says.';
comment on column linernotes.album.release_date is 'As precise as the source gives it: 1981, 1981-12 or 1981-12-15.';
comment on column linernotes.album.total_tracks is 'How many tracks the source says it has.';
comment on column linernotes.album.upc is 'The barcode as GTIN-14.';
comment on column linernotes.album.url is 'Its page at the source.';
comment on column linernotes.album.artists is 'Artists printed on it: id and name, in order.';
comment on column linernotes.album.retrieved_at is 'When the source said so.';

create table linernotes.listing (
    artist_id text not null,
    album_id text not null,
    "group" text not null,
    source text not null,
    retrieved_at timestamptz not null,
    read_at timestamptz,
    primary key (artist_id, album_id)
);
alter table linernotes.listing enable row level security;
comment on table linernotes.listing is 'Which albums stand in an artist''s list.';
comment on column linernotes.listing.artist_id is 'Whose list.';
comment on column linernotes.listing.album_id is 'Which album stands in it.';
comment on column linernotes.listing."group" is 'album, single, compilation or appears_on.';
comment on column linernotes.listing.source is 'Who says so.';
comment on column linernotes.listing.retrieved_at is 'When the source said so.';
comment on column linernotes.listing.read_at is 'When all its tracks had been read; null while they have not.';

create table linernotes.track (
    id text primary key,
    album_id text not null,
    source text not null,
    title text not null,
    disc integer not null,
    number integer not null,
    length_ms integer,
    isrc text,
    url text not null,
    artists jsonb not null,
    artist_ids text[] not null,
    title_key text not null,
    version text not null,
    hints text[] not null,
    recording_id text not null,
    retrieved_at timestamptz not null
);
create index track_album_id on linernotes.track (album_id);
create index track_isrc on linernotes.track (isrc) where isrc is not null;
create index track_recording_id on linernotes.track (recording_id);
create index track_title on linernotes.track ((artist_ids[1]), title_key, version);
create index track_artist_ids on linernotes.track using gin (artist_ids);
alter table linernotes.track enable row level security;
comment on table linernotes.track is 'Tracks as they appear on albums.';
comment on column linernotes.track.id is 'The source''s own id.';
comment on column linernotes.track.album_id is 'The album that it appears on.';
comment on column linernotes.track.source is 'Who says so.';
comment on column linernotes.track.title is 'The title as the source writes it.';
comment on column linernotes.track.disc is 'Which disc of the album, from 1.';
comment on column linernotes.track.number is 'Which track of the disc, from 1.';
comment on column linernotes.track.length_ms is 'Its length in milliseconds.';
comment on column linernotes.track.isrc is 'The International Standard Recording Code, without hyphens.';
comment on column linernotes.track.url is 'Its page at the source.';
comment on column linernotes.track.artists is 'Artists printed on it, main and featured. Says nothing of who produced it.';
comment on column linernotes.track.artist_ids is 'Ids of `artists`, in the same order.';
comment on column linernotes.track.title_key is 'The title without noise (remaster, year, explicit, featuring), for comparing.';
comment on column linernotes.track.version is 'What makes it another recording: live, remix, edit, …; empty for the usual one.';
comment on column linernotes.track.hints is 'Names printed in the title as "(prod. X)": weak evidence, never a producer.';
comment on column linernotes.track.recording_id is 'The recording that it is an appearance of: the smallest id of the tracks that are one; linernotes.same_recording says why.';
comment on column linernotes.track.retrieved_at is 'When the source said so.';

create table linernotes.match (
    track_id text not null,
    source text not null,
    recording text not null,
    release text,
    how text not null,
    first_released text,
    source_url text not null,
    retrieved_at timestamptz not null,
    primary key (track_id, source)
);
create index match_recording on linernotes.match (source, recording);
alter table linernotes.match enable row level security;
comment on table linernotes.match is 'Which recording of a credit source a track is.';
comment on column linernotes.match.track_id is 'The track, linernotes.track.id.';
comment on column linernotes.match.source is 'The credit source.';
comment on column linernotes.match.recording is 'The recording, by the credit source''s own id.';
comment on column linernotes.match.release is 'The release on which it was recognised, if on one.';
comment on column linernotes.match.how is 'How the release and the track on it were recognised.';
comment on column linernotes.match.first_released is 'The recording''s earliest release that the source knows.';
comment on column linernotes.match.source_url is 'Where the source says it.';
comment on column linernotes.match.retrieved_at is 'When the source said so.';

create table linernotes.credit_answer (
    track_id text not null,
    source text not null,
    found text not null check (found in ('credited', 'silent', 'unknown')),
    why text not null,
    source_url text,
    retrieved_at timestamptz not null,
    primary key (track_id, source)
);
alter table linernotes.credit_answer enable row level security;
comment on table linernotes.credit_answer is 'What each source said when asked who produced a track.';
comment on column linernotes.credit_answer.track_id is 'The track, linernotes.track.id.';
comment on column linernotes.credit_answer.source is 'Whom we asked.';
comment on column linernotes.credit_answer.found is 'credited: it names a producer. silent: it knows the recording and names none. unknown: it does not know the recording.';
comment on column linernotes.credit_answer.why is 'How we come to say so, for a person.';
comment on column linernotes.credit_answer.source_url is 'Where the source says it.';
comment on column linernotes.credit_answer.retrieved_at is 'When the source said so.';

create table linernotes.producer (
    id text primary key,
    source text not null,
    name text not null,
    kind text,
    disambiguation text,
    url text not null,
    retrieved_at timestamptz not null
);
alter table linernotes.producer enable row level security;
comment on table linernotes.producer is 'Persons and groups that a source credits with producing, under that source''s id.';
comment on column linernotes.producer.id is 'Names the producer: the source''s own id for it.';
comment on column linernotes.producer.source is 'Who says so.';
comment on column linernotes.producer.name is 'The name as the source writes it.';
comment on column linernotes.producer.kind is 'person, group or what else the source says it is.';
comment on column linernotes.producer.disambiguation is 'How the source tells namesakes apart.';
comment on column linernotes.producer.url is 'Its page at the source.';
comment on column linernotes.producer.retrieved_at is 'When the source said so.';

create table linernotes.credit (
    track_id text not null,
    source text not null,
    producer_id text not null,
    role text not null,
    scope text not null check (scope in ('track', 'release')),
    printed_as text not null,
    detail text,
    matched_by text not null,
    source_url text not null,
    retrieved_at timestamptz not null,
    primary key (track_id, source, producer_id, role, scope)
);
create index credit_producer_id on linernotes.credit (producer_id);
alter table linernotes.credit enable row level security;
comment on table linernotes.credit is 'Who produced a track, according to a source.';
comment on column linernotes.credit.track_id is 'The track, linernotes.track.id.';
comment on column linernotes.credit.source is 'Who says so.';
comment on column linernotes.credit.producer_id is 'Who, linernotes.producer.id.';
comment on column linernotes.credit.role is 'What they did, in the source''s word.';
comment on column linernotes.credit.scope is 'Whether the source says it of this track or of the whole release.';
comment on column linernotes.credit.printed_as is 'The name as printed on this credit.';
comment on column linernotes.credit.detail is 'What the source adds in its own words.';
comment on column linernotes.credit.matched_by is 'How the track was recognised at the source.';
comment on column linernotes.credit.source_url is 'Where the source says it.';
comment on column linernotes.credit.retrieved_at is 'When the source said so.';

create table linernotes.profile_answer (
    producer_id text not null,
    source text not null,
    known boolean not null,
    source_url text,
    retrieved_at timestamptz not null,
    primary key (producer_id, source)
);
alter table linernotes.profile_answer enable row level security;
comment on table linernotes.profile_answer is 'Which sources have been asked where a producer can be found.';
comment on column linernotes.profile_answer.producer_id is 'The producer, linernotes.producer.id.';
comment on column linernotes.profile_answer.source is 'Whom we asked.';
comment on column linernotes.profile_answer.known is 'Whether the source knows this person or group.';
comment on column linernotes.profile_answer.source_url is 'Where the source says it.';
comment on column linernotes.profile_answer.retrieved_at is 'When the source said so.';

create table linernotes.profile (
    producer_id text not null,
    source text not null,
    url text not null,
    network text not null,
    handle text,
    source_url text not null,
    retrieved_at timestamptz not null,
    primary key (producer_id, source, url)
);
alter table linernotes.profile enable row level security;
comment on table linernotes.profile is 'Where a producer can be found: what a source states for that very person or group. No address is ever made from a name.';
comment on column linernotes.profile.producer_id is 'The producer, linernotes.producer.id.';
comment on column linernotes.profile.source is 'Who says so.';
comment on column linernotes.profile.url is 'The address that the source states.';
comment on column linernotes.profile.network is 'What the address belongs to: a social network, a homepage, …';
comment on column linernotes.profile.handle is 'Their name there, where the address shows one.';
comment on column linernotes.profile.source_url is 'Where the source says it.';
comment on column linernotes.profile.retrieved_at is 'When the source said so.';

-- Two appearances are one recording if they share an ISRC or a recording of a credit source, or
-- else first artist, title and version, and lengths within three seconds
-- (matching.titles.LENGTH_TOLERANCE_MS). Two tracks of one album are not one by their titles alone.
create view linernotes.same_recording with (security_invoker = true) as
select a.id as track_id, b.id as other_id, 'ISRC ' || a.isrc as why
from linernotes.track as a
join linernotes.track as b on b.isrc = a.isrc and b.id <> a.id
union all
select a.track_id, b.track_id, a.source || ' recording ' || a.recording
from linernotes.match as a
join linernotes.match as b
    on b.source = a.source and b.recording = a.recording and b.track_id <> a.track_id
union all
select a.id, b.id, 'same artist, title and length'
from linernotes.track as a
join linernotes.track as b
    on b.artist_ids[1] = a.artist_ids[1] and b.title_key = a.title_key and b.version = a.version
    and abs(b.length_ms - a.length_ms) <= 3000 and b.album_id <> a.album_id;
comment on view linernotes.same_recording is 'Why tracks are taken for one recording: a row for each reason.';
comment on column linernotes.same_recording.track_id is 'A track; every pair stands here both ways round.';
comment on column linernotes.same_recording.other_id is 'Another track that is the same recording.';
comment on column linernotes.same_recording.why is 'What the two share.';

-- Which tracks are one recording is what can be reached through same_recording, whatever the
-- order in which tracks and matches arrived. Whoever calls this holds the lock of recordings, or
-- two commits could each miss the other's track.
create function linernotes.join_recordings(changed text[])
returns void
language sql
set search_path = ''
as $$
    with recursive touched as (
        select t.id
        from linernotes.track as t
        where t.recording_id in (
            select c.recording_id from linernotes.track as c where c.id = any(changed)
        )
    ), reach(root, id) as (
        select id, id from touched
        union
        select reach.root, same.other_id
        from reach
        join linernotes.same_recording as same on same.track_id = reach.id
    ), settled as (
        select distinct id, min(id) over (partition by root) as recording_id
        from reach
    )
    update linernotes.track as t
    set recording_id = settled.recording_id
    from settled
    where t.id = settled.id and t.recording_id <> settled.recording_id
$$;
comment on function linernotes.join_recordings(text[]) is 'Settle which recordings the changed tracks, and those joined with them, are appearances of.';

select linernotes.apply_grants();
