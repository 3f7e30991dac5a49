-- How long what a source says counts. Spotify's titles and names expire, its ids stay: whoever
-- shows words takes them from the views below (docs/decisions/0013).

insert into linernotes.migration (version) values ('20261124150100');

create table linernotes.kept (
    source text primary key,
    seconds double precision not null check (seconds > 0)
);
alter table linernotes.kept enable row level security;
comment on table linernotes.kept is 'How long what a source says counts, as the settings of the last run have it.';
comment on column linernotes.kept.source is 'Who says it.';
comment on column linernotes.kept.seconds is 'So long after it was retrieved.';
insert into linernotes.kept (source, seconds)
values ('spotify', 86400), ('musicbrainz', 604800), ('wikidata', 604800);

-- Words of Spotify. Null: no longer kept.
alter table linernotes.artist alter column name drop not null;
comment on column linernotes.artist.name is 'The name as the source writes it; null once it is no longer kept.';
alter table linernotes.album alter column title drop not null;
comment on column linernotes.album.title is 'The title as the source writes it; null once it is no longer kept.';
comment on column linernotes.album.artists is 'Artists printed on it: id and name, in order; without names once those are no longer kept.';
alter table linernotes.track alter column title drop not null;
comment on column linernotes.track.title is 'The title as the source writes it; null once it is no longer kept.';
comment on column linernotes.track.artists is 'Artists printed on it, main and featured; without names once those are no longer kept. Says nothing of who produced it.';

-- What is only compared is kept as a digest, so that recordings stay joined without the words.
update linernotes.track as t
set
    title_key = md5(t.title_key),
    version = case when t.version = '' then '' else md5(t.version) end;
comment on column linernotes.track.title_key is 'MD5 of the title without noise (remaster, year, explicit, featuring), for comparing.';
comment on column linernotes.track.version is 'MD5 of what makes it another recording: live, remix, edit, …; empty for the usual one.';

create index artist_words on linernotes.artist (retrieved_at) where name is not null;
create index album_words on linernotes.album (retrieved_at) where title is not null;
create index track_words on linernotes.track (retrieved_at) where title is not null;
-- From an artist to what somebody typed who meant them: for their name, wherever it is shown.
create index artist_answer_artist_id on linernotes.artist_answer (artist_id);

alter table linernotes.match add column title text, add column release_title text;
comment on column linernotes.match.title is 'The title of the track as the credit source writes it.';
comment on column linernotes.match.release_title is 'The title of the release, if it was recognised as the album and not by one recording.';

create view linernotes.named_artist with (security_invoker = true) as
select
    a.id, a.source, a.url, a.retrieved_at,
    a.name is not null
        and a.retrieved_at + make_interval(secs => k.seconds) > clock_timestamp() as counts,
    coalesce(
        case
            when a.retrieved_at + make_interval(secs => k.seconds) > clock_timestamp() then a.name
        end,
        (
            select substring(said.query from '^name:(.*?)(?:\+appears_on)?$')
            from linernotes.artist_answer as said
            where said.artist_id = a.id and said.query like 'name:%'
            order by said.retrieved_at desc, said.query
            limit 1
        )
    ) as name
from linernotes.artist as a
left join linernotes.kept as k on k.source = a.source;
comment on view linernotes.named_artist is 'Artists, with the name that we may show.';
comment on column linernotes.named_artist.id is 'The source''s own id.';
comment on column linernotes.named_artist.source is 'Who says so.';
comment on column linernotes.named_artist.url is 'Its page at the source.';
comment on column linernotes.named_artist.retrieved_at is 'When the source said so.';
comment on column linernotes.named_artist.counts is 'Whether the source''s words are still kept.';
comment on column linernotes.named_artist.name is 'The name as the source writes it, while that is kept; else as somebody typed it who meant this artist; else null.';

create function linernotes.named(artists jsonb, counts boolean)
returns jsonb
language sql
stable
set search_path = ''
as $$
    select coalesce(
        jsonb_agg(
            jsonb_build_object(
                'id', one.artist ->> 'id',
                'name', case
                    when $2 then one.artist ->> 'name'
                    else (
                        select a.name from linernotes.named_artist as a
                        where a.id = one.artist ->> 'id'
                    )
                end
            )
            order by one.place
        ),
        '[]'
    )
    from jsonb_array_elements($1) with ordinality as one(artist, place)
$$;
comment on function linernotes.named(jsonb, boolean) is 'Artists printed on an album or track with the names that we may show; whether those of the source still count is the second.';

create view linernotes.named_album with (security_invoker = true) as
select
    words.id, words.source, words.album_type, words.release_date, words.total_tracks, words.upc,
    words.url, words.retrieved_at, words.counts,
    coalesce(
        case when words.counts then words.title end,
        (
            select min(m.release_title)
            from linernotes.track as t
            join linernotes.match as m on m.track_id = t.id
            where t.album_id = words.id
        )
    ) as title,
    linernotes.named(words.artists, words.counts) as artists
from (
    select
        al.id, al.source, al.title, al.album_type, al.release_date, al.total_tracks, al.upc, al.url,
        al.artists, al.retrieved_at,
        al.title is not null
            and al.retrieved_at + make_interval(secs => k.seconds) > clock_timestamp() as counts
    from linernotes.album as al
    left join linernotes.kept as k on k.source = al.source
) as words;
comment on view linernotes.named_album is 'Albums, with the words that we may show.';
comment on column linernotes.named_album.id is 'The source''s own id.';
comment on column linernotes.named_album.source is 'Who says so.';
comment on column linernotes.named_album.album_type is 'album, single or compilation, as the source says.';
comment on column linernotes.named_album.release_date is 'As precise as the source gives it.';
comment on column linernotes.named_album.total_tracks is 'How many tracks the source says it has.';
comment on column linernotes.named_album.upc is 'The barcode as GTIN-14.';
comment on column linernotes.named_album.url is 'Its page at the source.';
comment on column linernotes.named_album.retrieved_at is 'When the source said so.';
comment on column linernotes.named_album.counts is 'Whether the source''s words are still kept.';
comment on column linernotes.named_album.title is 'The title as the source writes it, while that is kept; else as a credit source does, which recognised the album; else null.';
comment on column linernotes.named_album.artists is 'Artists printed on it: id and name (null where it is not kept), in order.';

create view linernotes.named_track with (security_invoker = true) as
select
    words.id, words.album_id, words.source, words.disc, words.number, words.length_ms, words.isrc,
    words.url, words.artist_ids, words.recording_id, words.retrieved_at, words.counts,
    coalesce(
        case when words.counts then words.title end,
        (select min(m.title) from linernotes.match as m where m.track_id = words.id)
    ) as title,
    linernotes.named(words.artists, words.counts) as artists,
    case when words.counts then words.hints else '{}' end as hints
from (
    select
        t.id, t.album_id, t.source, t.title, t.disc, t.number, t.length_ms, t.isrc, t.url,
        t.artists, t.artist_ids, t.hints, t.recording_id, t.retrieved_at,
        t.title is not null
            and t.retrieved_at + make_interval(secs => k.seconds) > clock_timestamp() as counts
    from linernotes.track as t
    left join linernotes.kept as k on k.source = t.source
) as words;
comment on view linernotes.named_track is 'Tracks, with the words that we may show.';
comment on column linernotes.named_track.id is 'The source''s own id.';
comment on column linernotes.named_track.album_id is 'The album that it appears on.';
comment on column linernotes.named_track.source is 'Who says so.';
comment on column linernotes.named_track.disc is 'Which disc of the album, from 1.';
comment on column linernotes.named_track.number is 'Which track of the disc, from 1.';
comment on column linernotes.named_track.length_ms is 'Its length in milliseconds.';
comment on column linernotes.named_track.isrc is 'The International Standard Recording Code, without hyphens.';
comment on column linernotes.named_track.url is 'Its page at the source.';
comment on column linernotes.named_track.artist_ids is 'Ids of `artists`, in the same order.';
comment on column linernotes.named_track.recording_id is 'The recording that it is an appearance of.';
comment on column linernotes.named_track.retrieved_at is 'When the source said so.';
comment on column linernotes.named_track.counts is 'Whether the source''s words are still kept.';
comment on column linernotes.named_track.title is 'The title as the source writes it, while that is kept; else as a credit source does; else null.';
comment on column linernotes.named_track.artists is 'Artists printed on it: id and name (null where it is not kept), in order.';
comment on column linernotes.named_track.hints is 'Names printed in the title as "(prod. X)": weak evidence, never a producer. None once the title is no longer kept.';

-- PGMQ names the tables by the queue, so this has to be put together.
create function linernotes.forget_archived(queue text, before timestamptz, count int)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
    gone bigint;
begin
    execute format(
        'with old as (
             select a.msg_id from pgmq.%1$I as a
             where a.enqueued_at < $1
             order by a.msg_id limit $2 for update skip locked
         )
         delete from pgmq.%1$I as a using old where a.msg_id = old.msg_id',
        lower('a_' || queue)
    ) using before, count;
    get diagnostics gone = row_count;
    return gone;
end
$$;
comment on function linernotes.forget_archived(text, timestamptz, int) is 'Delete archived messages of a queue that were sent before then, so many at a time; returns how many.';

create function linernotes.hold_messages(queue text, ids text[])
returns bigint
language plpgsql
set search_path = ''
as $$
declare
    counted bigint;
begin
    execute format(
        'with held as (
             select q.msg_id from pgmq.%I as q
             where q.message ->> ''question'' = any($1)
             order by q.msg_id for update of q
         )
         select count(*) from held',
        lower('q_' || queue)
    ) into counted using ids;
    return counted;
end
$$;
comment on function linernotes.hold_messages(text, text[]) is 'Lock the messages of these questions, in one order for everybody; returns how many.';

create function linernotes.forget_messages(queue text, ids text[])
returns bigint
language plpgsql
set search_path = ''
as $$
declare
    counted bigint;
begin
    execute format(
        'delete from pgmq.%I as a where a.message ->> ''question'' = any($1)',
        lower('a_' || queue)
    ) using ids;
    execute format(
        'delete from pgmq.%I as q where q.message ->> ''question'' = any($1)',
        lower('q_' || queue)
    ) using ids;
    get diagnostics counted = row_count;
    return counted;
end
$$;
comment on function linernotes.forget_messages(text, text[]) is 'Delete the messages of these questions, archived ones too; returns how many were not.';

create or replace function linernotes.apply_grants()
returns void
language plpgsql
set search_path = ''
as $$
declare
    role_name text;
begin
    foreach role_name in array array['public', 'anon', 'authenticated', 'service_role'] loop
        continue when role_name <> 'public' and to_regrole(role_name) is null;
        -- Not quoted with %I, which would make a name of the keyword `public`; none needs it.
        execute format(
            'revoke all on schema linernotes from %1$s;
             revoke all on all tables in schema linernotes from %1$s;
             revoke all on all sequences in schema linernotes from %1$s;
             revoke all on all functions in schema linernotes from %1$s;
             revoke all on public.queue_metrics, public.pgmq_dead_letter_items,
                 public.queue_stats, public.dead_letter_details from %1$s;
             revoke all on sequence public.pgmq_dead_letter_items_id_seq from %1$s;
             revoke all on function public.pgmq_send(text, jsonb),
                 public.pgmq_read(text, integer, integer),
                 public.pgmq_archive(text, bigint) from %1$s',
            role_name
        );
    end loop;
    if to_regrole('service_role') is not null then
        grant usage on schema linernotes to service_role;
        grant select on all tables in schema linernotes to service_role;
        grant select, insert, update, delete
            on public.queue_metrics, public.pgmq_dead_letter_items to service_role;
        grant usage on sequence public.pgmq_dead_letter_items_id_seq to service_role;
        grant select on public.queue_stats, public.dead_letter_details to service_role;
        -- A view runs its functions as whoever reads it.
        grant execute on function linernotes.named(jsonb, boolean) to service_role;
        grant execute on function
            public.pgmq_send(text, jsonb),
            public.pgmq_read(text, integer, integer),
            public.pgmq_archive(text, bigint)
        to service_role;
    end if;
end
$$;

select linernotes.apply_grants();
