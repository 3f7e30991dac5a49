-- name: claim
-- Hide up to `count` messages for `lease` seconds; oldest first.
select msg_id, read_ct, message
from pgmq.read(%(queue)s::text, %(lease)s::int, %(count)s::int)
order by msg_id

-- name: may_gather
-- For how many seconds yet a lane may rest for a fuller batch; null if it should go.
select linernotes.may_gather(
    %(queue)s::text,
    %(size)s::int,
    %(seconds)s::float8,
    %(idle_seconds)s::float8,
    %(earlier)s::text[],
    %(earlier_sources)s::text[],
    %(beside)s::text[]
) as seconds

-- name: archive
-- The fence: returns the messages that this caller finishes. Nobody else gets them.
select archived as msg_id
from pgmq.archive(%(queue)s::text, %(ids)s::bigint[]) as archived

-- name: hold
-- Lock the deliveries that are still ours.
select held as msg_id
from linernotes.hold(%(queue)s::text, %(ids)s::bigint[], %(reads)s::int[]) as held

-- name: show_again
-- Show each message again in so many seconds.
select shown.msg_id
from unnest(%(ids)s::bigint[], %(seconds)s::int[]) as one(msg_id, seconds)
cross join lateral pgmq.set_vt(%(queue)s::text, one.msg_id::bigint, one.seconds::int) as shown

-- name: lock_walk
-- Those who ask questions go side by side; a purge goes alone, or they would remember that
-- something follows which it is deleting.
select case
    when %(alone)s::boolean
    then pg_advisory_xact_lock(hashtextextended('linernotes.walk', 0))
    else pg_advisory_xact_lock_shared(hashtextextended('linernotes.walk', 0))
end

-- name: answer_questions
-- Mark questions as answered; returns those whose message was of the latest generation. A
-- message of an older one, from before a refresh, has no effect. `asked`: [{queue, key}] that
-- will be asked again are locked with them, so that everybody locks in one order.
with touched as (
    select mine.id from unnest(%(ids)s::bigint[]) as mine(id)
    union
    select q.id
    from jsonb_to_recordset(%(asked)s::jsonb) as m(queue text, key text)
    join linernotes.question as q on q.queue = m.queue and q.key = m.key
), locked as (
    select q.id, q.generation, q.queue
    from linernotes.question as q
    where q.id in (select touched.id from touched)
    order by q.id
    for update of q
)
update linernotes.question as q
set state = 'answered', answered_at = now(), error = null
from locked
join unnest(%(ids)s::bigint[], %(generations)s::int[], %(queues)s::text[])
    as mine(id, generation, queue)
    on mine.id = locked.id
    and mine.generation = locked.generation
    and mine.queue = locked.queue
where locked.id = q.id
returning q.id, q.generation

-- name: count_failures
-- Count a failed attempt of each question; `fatal` ones die at once. Returns the count and
-- whether the question is given up.
with latest as (
    select q.id, mine.error, mine.fatal
    from linernotes.question as q
    join jsonb_to_recordset(%(failures)s::jsonb)
        as mine(id bigint, generation int, queue text, error text, fatal boolean)
        on mine.id = q.id and mine.generation = q.generation and mine.queue = q.queue
    order by q.id
    for update of q
)
update linernotes.question as q
set
    failures = q.failures + 1,
    error = latest.error,
    state = case
        when latest.fatal or q.failures + 1 >= %(failures_max)s::int then 'dead' else q.state
    end
from latest
where latest.id = q.id
returning q.id, q.generation, q.failures, q.state = 'dead' as dead

-- name: ask_new
-- Queue the questions that nobody has asked yet. `messages`: [{queue, key, body}], sorted, so
-- that everybody inserts in one order. Those that are there are left out beforehand: a conflict
-- would wait for whoever is answering them, and he perhaps for us.
with asked as (
    insert into linernotes.question (queue, key, body)
    select m.queue, m.key, m.body
    from jsonb_to_recordset(%(messages)s::jsonb) as m(queue text, key text, body jsonb)
    where not exists (
        select from linernotes.question as q where q.queue = m.queue and q.key = m.key
    )
    order by m.queue, m.key
    on conflict (queue, key) do nothing
    returning id, queue, generation, body
), sent as (
    select pgmq.send_batch(
        asked.queue::text,
        array_agg(
            asked.body
            || jsonb_build_object('question', asked.id, 'generation', asked.generation)
            order by asked.id
        )::jsonb[],
        0::int
    ) as msg_id
    from asked
    group by asked.queue
)
select count(*) as sent from sent

-- name: ask_again
-- As `ask_new`, and queue those again that were last asked for a less fresh answer: a refresh.
-- When they were asked says nothing, since a kept answer from before `since` may serve them.
-- Dead letters of theirs go: they are alive again.
with asked as (
    insert into linernotes.question as q (queue, key, body)
    select m.queue, m.key, m.body
    from jsonb_to_recordset(%(messages)s::jsonb) as m(queue text, key text, body jsonb)
    where not exists (
        select from linernotes.question as known
        where
            known.queue = m.queue
            and known.key = m.key
            and coalesce((known.body ->> 'since')::timestamptz, '-infinity')
                >= coalesce((m.body ->> 'since')::timestamptz, '-infinity')
    )
    order by m.queue, m.key
    on conflict (queue, key) do update
    set
        generation = q.generation + 1,
        body = excluded.body,
        state = 'open',
        asked_at = now(),
        failures = 0,
        error = null
    where
        coalesce((q.body ->> 'since')::timestamptz, '-infinity')
        < (excluded.body ->> 'since')::timestamptz
    returning id, queue, generation, body
), letters_gone as (
    delete from public.pgmq_dead_letter_items as d
    using asked
    where d.queue_name = asked.queue and d.details ->> 'question' = asked.id::text
), sent as (
    select pgmq.send_batch(
        asked.queue::text,
        array_agg(
            asked.body
            || jsonb_build_object('question', asked.id, 'generation', asked.generation)
            order by asked.id
        )::jsonb[],
        0::int
    ) as msg_id
    from asked
    group by asked.queue
)
select count(*) as sent from sent

-- name: forget_follow_ups
-- Questions that are answered anew: what followed from the old answers follows no more.
delete from linernotes.follow_up as f
where f.question_id = any(%(ids)s::bigint[])

-- name: link_follow_ups
-- Remember what followed from what, also where it had been asked before. A question follows
-- from another, so that a discovery is what can be reached from its root.
insert into linernotes.follow_up (question_id, follow_up_id)
select distinct m.parent, q.id
from jsonb_to_recordset(%(messages)s::jsonb) as m(parent bigint, queue text, key text)
join linernotes.question as q on q.queue = m.queue and q.key = m.key
order by m.parent, q.id
on conflict do nothing

-- name: record_metrics
-- One row for each delivery that ended. Deliberately not idempotent: a message that took
-- effect twice would show twice.
insert into public.queue_metrics (queue_name, msg_id, status, details)
select m.queue, m.msg_id, m.status, m.details
from jsonb_to_recordset(%(rows)s::jsonb) as m(queue text, msg_id bigint, status text, details jsonb)

-- name: bury
-- Null is a message too, if somebody sends it; a recordset takes it for none.
insert into public.pgmq_dead_letter_items (queue_name, msg, fail_count, details)
select m.queue, coalesce(m.msg, 'null'::jsonb), m.fail_count, m.details
from jsonb_to_recordset(%(rows)s::jsonb) as m(queue text, msg jsonb, fail_count int, details jsonb)

-- name: start_discoveries
-- Remember who asked for what. `rows`: [{queue, key, asked_for, refresh}] of questions that exist.
insert into linernotes.discovery (question_id, asked_for, refresh)
select q.id, m.asked_for, m.refresh
from jsonb_to_recordset(%(rows)s::jsonb)
    as m(queue text, key text, asked_for text, refresh boolean)
join linernotes.question as q on q.queue = m.queue and q.key = m.key
order by q.id
returning id, question_id

-- name: replay
-- Take dead letters and queue them again, past the frontier. A dead letter without a question,
-- sent by somebody else, goes back as it was.
with letters as (
    delete from public.pgmq_dead_letter_items as d
    where d.id = any(%(ids)s::bigint[])
    returning d.queue_name, d.msg, d.details
), reopened as (
    update linernotes.question as q
    set generation = q.generation + 1, state = 'open', asked_at = now(), failures = 0, error = null
    from letters
    where
        q.id = (letters.details ->> 'question')::bigint
        and q.queue = letters.queue_name
        and q.state = 'dead'
    returning q.id, q.queue, q.generation, q.body
), bodies as (
    select
        reopened.queue,
        reopened.body
        || jsonb_build_object('question', reopened.id, 'generation', reopened.generation) as body
    from reopened
    union all
    select letters.queue_name, letters.msg
    from letters
    where letters.details ->> 'question' is null
), sent as (
    select bodies.queue, pgmq.send(bodies.queue::text, bodies.body::jsonb, 0::int) as msg_id
    from bodies
)
select sent.queue, sent.msg_id from sent order by sent.queue, sent.msg_id
