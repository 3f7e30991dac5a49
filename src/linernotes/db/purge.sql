-- What goes: Spotify's words when their time is over, and whatever somebody wants gone.

-- name: erase_candidates
-- Candidates are words of Spotify's, whoever said that it is none of them.
with old as (
    select a.query
    from linernotes.artist_answer as a
    where
        a.candidates <> '[]'
        and a.retrieved_at < coalesce(%(before)s::timestamptz, clock_timestamp() - (
            select make_interval(secs => k.seconds) from linernotes.kept as k
            where k.source = 'spotify'
        ))
        and (%(artist)s::text is null or a.artist_id = %(artist)s::text)
    order by a.query
    limit %(count)s::int
    for update of a skip locked
), erased as (
    update linernotes.artist_answer as a set candidates = '[]' from old where a.query = old.query
    returning 1
)
select count(*) from erased

-- name: erase_artists
with old as (
    select a.id
    from linernotes.artist as a
    where
        a.name is not null
        and a.retrieved_at < coalesce(%(before)s::timestamptz, now() - (
            select make_interval(secs => k.seconds) from linernotes.kept as k
            where k.source = 'spotify'
        ))
        and (%(artist)s::text is null or a.id = %(artist)s::text)
    limit %(count)s::int
    for update of a skip locked
), erased as (
    update linernotes.artist as a set name = null from old where a.id = old.id
    returning 1
)
select count(*) from erased

-- name: erase_albums
with old as (
    select al.id
    from linernotes.album as al
    where
        al.title is not null
        and al.retrieved_at < coalesce(%(before)s::timestamptz, now() - (
            select make_interval(secs => k.seconds) from linernotes.kept as k
            where k.source = 'spotify'
        ))
        and (
            %(artist)s::text is null
            or al.artists @> jsonb_build_array(jsonb_build_object('id', %(artist)s::text))
            or exists (
                select from linernotes.listing as l
                where l.album_id = al.id and l.artist_id = %(artist)s::text
            )
        )
    limit %(count)s::int
    for update of al skip locked
), erased as (
    update linernotes.album as al
    set
        title = null,
        artists = (
            select coalesce(
                jsonb_agg(jsonb_build_object('id', one.artist ->> 'id') order by one.place), '[]'
            )
            from jsonb_array_elements(al.artists) with ordinality as one(artist, place)
        )
    from old
    where al.id = old.id
    returning 1
)
select count(*) from erased

-- name: erase_tracks
with old as (
    select t.id
    from linernotes.track as t
    where
        t.title is not null
        and t.retrieved_at < coalesce(%(before)s::timestamptz, now() - (
            select make_interval(secs => k.seconds) from linernotes.kept as k
            where k.source = 'spotify'
        ))
        and (
            %(artist)s::text is null
            or %(artist)s::text = any(t.artist_ids)
            or exists (
                select from linernotes.listing as l
                where l.album_id = t.album_id and l.artist_id = %(artist)s::text
            )
        )
    limit %(count)s::int
    for update of t skip locked
), erased as (
    update linernotes.track as t
    set
        title = null,
        hints = '{}',
        artists = (
            select coalesce(
                jsonb_agg(jsonb_build_object('id', one.artist ->> 'id') order by one.place), '[]'
            )
            from jsonb_array_elements(t.artists) with ordinality as one(artist, place)
        )
    from old
    where t.id = old.id
    returning 1
)
select count(*) from erased

-- name: erase_questions
-- The words in questions that are answered, among so many questions after one. Returns how many
-- had any, and the last that was looked at. What they are about stays: counts and ids.
with seen as (
    select q.id from linernotes.question as q
    where q.id > %(after)s::bigint
    order by q.id
    limit %(count)s::int
), old as (
    select q.id
    from linernotes.question as q
    where
        q.id in (select seen.id from seen)
        and q.state = 'answered'
        and q.asked_at < coalesce(%(before)s::timestamptz, clock_timestamp() - (
            select make_interval(secs => k.seconds) from linernotes.kept as k
            where k.source = 'spotify'
        ))
        and (
            q.body ? 'album'
            or q.body ? 'among'
            or q.body -> 'track' ? 'title'
            or q.body -> 'tracks' -> 0 ? 'title'
        )
    order by q.id
    for update of q skip locked
), erased as (
    update linernotes.question as q
    set body = (q.body - 'album' - 'among')
        || case
            when q.body ? 'track'
                then jsonb_build_object('track', (q.body -> 'track') - 'title')
            else '{}'
        end
        || case
            when q.body ? 'tracks'
                then jsonb_build_object(
                    'tracks', (
                        select coalesce(jsonb_agg(one.track - 'title' order by one.place), '[]')
                        from jsonb_array_elements(q.body -> 'tracks')
                            with ordinality as one(track, place)
                    )
                )
            else '{}'
        end
    from old
    where q.id = old.id
    returning 1
)
select (select count(*) from erased) as erased, (select max(seen.id) from seen) as last

-- name: forget_archived
select linernotes.forget_archived(
    %(queue)s::text,
    coalesce(%(before)s::timestamptz, clock_timestamp() - (
        select make_interval(secs => k.seconds) from linernotes.kept as k
        where k.source = 'spotify'
    )),
    %(count)s::int
) as gone

-- name: moment
-- So many seconds ago.
select clock_timestamp() - make_interval(secs => %(seconds)s::float8) as moment

-- name: questions
select q.id from linernotes.question as q order by q.id

-- name: questions_of
-- What only this artist's discoveries led to.
with recursive mine(id) as (
    select d.question_id
    from linernotes.discovery as d
    join linernotes.question as q on q.id = d.question_id
    join linernotes.artist_answer as a on a.query = q.key
    where a.artist_id = %(artist)s::text
    union
    select f.follow_up_id
    from linernotes.follow_up as f
    join mine on mine.id = f.question_id
), others(id) as (
    select d.question_id
    from linernotes.discovery as d
    join linernotes.question as q on q.id = d.question_id
    left join linernotes.artist_answer as a on a.query = q.key
    where a.artist_id is distinct from %(artist)s::text
    union
    select f.follow_up_id
    from linernotes.follow_up as f
    join others on others.id = f.question_id
)
select q.id
from linernotes.question as q
join mine on mine.id = q.id
left join others on others.id = q.id
where others.id is null
order by q.id

-- name: is_any_older
-- Whether any fact or answer is that old; else there is nothing to forget either.
select
    exists (select from linernotes.answer as a where a.fetched_at < %(before)s::timestamptz)
    or exists (select from linernotes.artist as a where a.retrieved_at < %(before)s::timestamptz)
    or exists (select from linernotes.artist_answer as a where a.retrieved_at < %(before)s::timestamptz)
    or exists (select from linernotes.listing as l where l.retrieved_at < %(before)s::timestamptz)
    or exists (select from linernotes.album as a where a.retrieved_at < %(before)s::timestamptz)
    or exists (select from linernotes.track as t where t.retrieved_at < %(before)s::timestamptz)
    or exists (select from linernotes.match as m where m.retrieved_at < %(before)s::timestamptz)
    or exists (select from linernotes.credit_answer as c where c.retrieved_at < %(before)s::timestamptz)
    or exists (select from linernotes.credit as c where c.retrieved_at < %(before)s::timestamptz)
    or exists (select from linernotes.profile_answer as p where p.retrieved_at < %(before)s::timestamptz)
    or exists (select from linernotes.profile as p where p.retrieved_at < %(before)s::timestamptz)
    as found

-- name: hold_messages
-- Wait for whoever is about to finish one of these, and let nobody begin to.
select linernotes.hold_messages(%(queue)s::text, %(ids)s::text[]) as held

-- name: forget_messages
select linernotes.forget_messages(%(queue)s::text, %(ids)s::text[]) as gone

-- name: answered_of
-- Those that are answered; the others are work in hand.
select q.id
from linernotes.question as q
where q.id = any(%(ids)s::bigint[]) and q.state = 'answered'
order by q.id

-- name: unfinished_roots
-- Those of the questions that discoveries started from which have open ones yet.
with recursive above(id) as (
    select q.id from linernotes.question as q where q.state = 'open'
    union
    select f.question_id
    from linernotes.follow_up as f
    join above on above.id = f.follow_up_id
)
select distinct d.question_id
from linernotes.discovery as d
join above on above.id = d.question_id
where d.question_id = any(%(ids)s::bigint[])
order by d.question_id

-- name: ask_anew
with asked as (
    update linernotes.question as q
    set generation = q.generation + 1, state = 'open', asked_at = now(), failures = 0, error = null
    where q.id = any(%(ids)s::bigint[])
    returning q.id, q.queue, q.generation, q.body
)
select pgmq.send_batch(
    asked.queue::text,
    array_agg(
        asked.body || jsonb_build_object('question', asked.id, 'generation', asked.generation)
        order by asked.id
    )::jsonb[],
    0::int
) as msg_id
from asked
group by asked.queue

-- name: forget_questions
-- With what somebody asked for, what followed from what, and the letters of those given up on.
with locked as (
    select q.id
    from linernotes.question as q
    where q.id = any(%(ids)s::bigint[])
    order by q.id
    for update of q
), follow_ups as (
    delete from linernotes.follow_up as f
    where f.question_id = any(%(ids)s::bigint[]) or f.follow_up_id = any(%(ids)s::bigint[])
), discoveries as (
    delete from linernotes.discovery as d where d.question_id = any(%(ids)s::bigint[])
), letters as (
    delete from public.pgmq_dead_letter_items as d
    where d.details ->> 'question' = any(%(ids)s::bigint[]::text[])
), gone as (
    delete from linernotes.question as q using locked where q.id = locked.id
    returning 1
)
select count(*) from gone

-- name: scope
-- The albums that stand in no other artist's list, their tracks, those joined with the tracks,
-- whom only these tracks credit, and ids that were merged into those. An album that stands in no
-- list any more is of those whose names are printed on it.
with recursive albums(id) as (
    select al.id from linernotes.album as al where %(artist)s::text is null
    union
    select l.album_id
    from linernotes.listing as l
    group by l.album_id
    having %(artist)s::text is null or bool_and(l.artist_id = %(artist)s::text)
    union
    select al.id
    from linernotes.album as al
    left join linernotes.listing as l on l.album_id = al.id
    where
        l.album_id is null
        and al.artists @> jsonb_build_array(jsonb_build_object('id', %(artist)s::text))
), tracks(id, recording_id) as (
    select t.id, t.recording_id
    from linernotes.track as t
    where %(artist)s::text is null or t.album_id in (select albums.id from albums)
), credited(id) as (
    select c.producer_id
    from linernotes.credit as c
    left join tracks on tracks.id = c.track_id
    group by c.producer_id
    having bool_and(tracks.id is not null)
), producers(id) as (
    select p.id from linernotes.producer as p where %(artist)s::text is null
    union
    select credited.id from credited where %(artist)s::text is not null
), merged(id) as (
    select m.id
    from linernotes.merged as m
    where
        %(artist)s::text is null or m.current_id in (select producers.id from producers)
    union
    select m.id
    from linernotes.merged as m
    join merged on merged.id = m.current_id
)
select
    array(select albums.id from albums order by albums.id) as albums,
    array(select tracks.id from tracks order by tracks.id) as tracks,
    array(
        select t.id from linernotes.track as t
        where t.recording_id in (select tracks.recording_id from tracks)
        order by t.id
    ) as joined,
    array(select producers.id from producers order by producers.id) as producers,
    array(select merged.id from merged order by merged.id) as merged

-- name: names
-- By what requests about these name them: ids, barcodes, codes of recordings, releases and items.
select array(
    select distinct named.name
    from (
        select %(artist)s::text as name
        union all select unnest(%(albums)s::text[])
        union all select unnest(%(tracks)s::text[])
        union all select unnest(%(producers)s::text[])
        union all select unnest(%(merged)s::text[])
        union all
        select al.upc from linernotes.album as al where al.id = any(%(albums)s::text[])
        union all
        select ltrim(al.upc, '0') from linernotes.album as al where al.id = any(%(albums)s::text[])
        union all
        select t.isrc from linernotes.track as t where t.id = any(%(tracks)s::text[])
        union all
        select m.release from linernotes.match as m where m.track_id = any(%(tracks)s::text[])
        union all select unnest(%(asked)s::text[])
    ) as named
    where named.name is not null
) as names

-- name: names_in_questions
-- Items and releases: what requests of theirs name that no fact does.
select array(
    select q.body ->> 'item'
    from linernotes.question as q
    where q.id = any(%(ids)s::bigint[]) and q.body ? 'item'
    union
    select one.release ->> 0
    from linernotes.question as q
    cross join lateral jsonb_array_elements(q.body -> 'releases') as one(release)
    where q.id = any(%(ids)s::bigint[])
) as asked

-- name: asked_names
-- The names that somebody typed who meant the artist.
select distinct substring(a.query from '^name:(.*?)(?:\+appears_on)?$') as name
from linernotes.artist_answer as a
where a.artist_id = %(artist)s::text and a.query like 'name:%%'

-- name: purge_answers
-- Answers to requests that name one of these; all where there are no names.
with old as (
    select a.source, a.request
    from linernotes.answer as a
    where
        (a.state = 'here' or a.until < clock_timestamp())
        and coalesce(a.fetched_at, '-infinity') < %(before)s::timestamptz
        and (%(source)s::text is null or a.source = %(source)s::text)
        and (
            %(names)s::text[] is null
            or (
                a.request like '/search?%%'
                and exists (
                    select from unnest(%(searched)s::text[]) as word where strpos(a.request, word) > 0
                )
            )
            or exists (
                select
                from regexp_matches(
                    regexp_replace(a.request, '%%[0-9A-F]{2}', ' ', 'g'), '[0-9A-Za-z-]+', 'g'
                ) as part(found)
                where part.found[1] = any(%(names)s::text[])
            )
        )
    order by a.source, a.request
    for update of a
), gone as (
    delete from linernotes.answer as a using old
    where a.source = old.source and a.request = old.request
    returning 1
)
select count(*) from gone

-- name: purge_artist_answer
with gone as (
    delete from linernotes.artist_answer as t
    where
        (%(artist)s::text is null or t.artist_id = %(artist)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_artist
with gone as (
    delete from linernotes.artist as t
    where
        (%(artist)s::text is null or t.id = %(artist)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_album
with gone as (
    delete from linernotes.album as t
    where t.id = any(%(albums)s::text[]) and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_listing
with gone as (
    delete from linernotes.listing as t
    where
        (%(artist)s::text is null or t.artist_id = %(artist)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_track
with gone as (
    delete from linernotes.track as t
    where t.id = any(%(tracks)s::text[]) and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_match
with gone as (
    delete from linernotes.match as t
    where
        t.track_id = any(%(tracks)s::text[])
        and (%(source)s::text is null or t.source = %(source)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_merged
with gone as (
    delete from linernotes.merged as t
    where
        t.id = any(%(merged)s::text[])
        and (%(source)s::text is null or t.source = %(source)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_producer
-- After the credits: whoever is still credited stays, however long ago the name was told.
with gone as (
    delete from linernotes.producer as t
    where
        t.id = any(%(producers)s::text[])
        and (%(source)s::text is null or t.source = %(source)s::text)
        and t.retrieved_at < %(before)s::timestamptz
        and not exists (select from linernotes.credit as c where c.producer_id = t.id)
    returning 1
)
select count(*) from gone

-- name: purge_credit_answer
with gone as (
    delete from linernotes.credit_answer as t
    where
        t.track_id = any(%(tracks)s::text[])
        and (%(source)s::text is null or t.source = %(source)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_credit
with gone as (
    delete from linernotes.credit as t
    where
        t.track_id = any(%(tracks)s::text[])
        and (%(source)s::text is null or t.source = %(source)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_unknown_role
with gone as (
    delete from linernotes.unknown_role as t
    where
        t.track_id = any(%(tracks)s::text[])
        and (%(source)s::text is null or t.source = %(source)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_profile_answer
with gone as (
    delete from linernotes.profile_answer as t
    where
        t.producer_id = any(%(producers)s::text[])
        and (%(source)s::text is null or t.source = %(source)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_identity
with gone as (
    delete from linernotes.identity as t
    where
        t.producer_id = any(%(producers)s::text[])
        and (%(source)s::text is null or t.source = %(source)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone

-- name: purge_profile
with gone as (
    delete from linernotes.profile as t
    where
        t.producer_id = any(%(producers)s::text[])
        and (%(source)s::text is null or t.source = %(source)s::text)
        and t.retrieved_at < %(before)s::timestamptz
    returning 1
)
select count(*) from gone
