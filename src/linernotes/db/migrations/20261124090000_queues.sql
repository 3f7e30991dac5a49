-- The queues, and the public objects that operators know by name: metrics, dead letters, their
-- views, and the functions to send, read and archive.
--
-- PGMQ is the real one. Where the server does not offer the extension, `linernotes migrate` has
-- loaded the SQL which the pgmq package ships before it comes here.

do $$
begin
    if to_regprocedure('pgmq.create(text)') is null then
        create extension pgmq;
    end if;
end
$$;

-- One queue for each stage and source. The stage's own name belongs to its first source.
select pgmq.create(queue::text)
from unnest(array[
    'artist_discovery', 'artist_discovery_musicbrainz',
    'album_discovery',
    'track_discovery', 'track_discovery_musicbrainz',
    'producer_identification',
    'social_enrichment', 'social_enrichment_wikidata'
]::text[]) as queue
where not exists (select from pgmq.list_queues() as known where known.queue_name = queue);

create schema linernotes;
comment on schema linernotes is 'Who produced every track of an artist, and where those people can be reached, with proof.';

-- Each of our migrations leaves its version here, whoever applies it: the history of the Supabase
-- CLI also holds the user's own, and cannot tell a newer version of ours from those.
create table linernotes.migration (
    version text primary key,
    applied_at timestamptz not null default now()
);
alter table linernotes.migration enable row level security;
comment on table linernotes.migration is 'The migrations of Linernotes that this schema is made of.';
comment on column linernotes.migration.version is 'The 14 digits that its file begins with.';
comment on column linernotes.migration.applied_at is 'When it was applied, by `linernotes migrate` or by the Supabase CLI.';
insert into linernotes.migration (version) values ('20261124090000');

create table public.queue_metrics (
    id uuid primary key default gen_random_uuid(),
    queue_name text not null,
    msg_id bigint not null,
    status text not null check (status in ('success', 'error')),
    processed_at timestamptz not null default now(),
    details jsonb
);
create index queue_metrics_processed_at on public.queue_metrics (processed_at);
alter table public.queue_metrics enable row level security;
comment on table public.queue_metrics is 'One row for each delivery that ended in a result, a failed attempt or a dead letter. A wait writes none.';
comment on column public.queue_metrics.id is 'Names the row; nothing refers to it.';
comment on column public.queue_metrics.queue_name is 'The queue that delivered the message.';
comment on column public.queue_metrics.msg_id is 'The message, as PGMQ numbers it within its queue.';
comment on column public.queue_metrics.status is 'success: it took effect. error: a failed attempt, or a dead letter.';
comment on column public.queue_metrics.processed_at is 'When its effects were committed.';
comment on column public.queue_metrics.details is 'question: linernotes.question.id; facts and questions: how many came of it; error: what went wrong.';

create table public.pgmq_dead_letter_items (
    id bigserial primary key,
    queue_name text not null,
    msg jsonb not null,
    failed_at timestamptz not null default now(),
    fail_count integer not null,
    details jsonb
);
alter table public.pgmq_dead_letter_items enable row level security;
comment on table public.pgmq_dead_letter_items is 'Messages given up on, with the reason. `linernotes retry` replays them.';
comment on column public.pgmq_dead_letter_items.id is 'Names the dead letter, for `linernotes retry`.';
comment on column public.pgmq_dead_letter_items.queue_name is 'Where the message goes again when it is replayed.';
comment on column public.pgmq_dead_letter_items.msg is 'The message as it was read.';
comment on column public.pgmq_dead_letter_items.failed_at is 'When we gave up.';
comment on column public.pgmq_dead_letter_items.fail_count is 'How many attempts failed. Waiting is not failing.';
comment on column public.pgmq_dead_letter_items.details is 'error: what went wrong; question: linernotes.question.id; msg_id: the message that died.';

create view public.queue_stats with (security_invoker = true) as
select
    queue_name,
    date_trunc('hour', processed_at) as hour,
    count(*) as messages_processed,
    count(*) filter (where status = 'error') as error_count
from public.queue_metrics
group by queue_name, hour
order by hour desc, queue_name;
comment on view public.queue_stats is 'Deliveries that ended, and errors among them, by queue and hour.';
comment on column public.queue_stats.queue_name is 'The queue that delivered the messages.';
comment on column public.queue_stats.hour is 'When the hour began.';
comment on column public.queue_stats.messages_processed is 'Deliveries that ended, in whichever way.';
comment on column public.queue_stats.error_count is 'Those of them that were failed attempts or dead letters.';

create view public.dead_letter_details with (security_invoker = true) as
select queue_name, msg, failed_at, fail_count, details
from public.pgmq_dead_letter_items
order by failed_at desc;
comment on view public.dead_letter_details is 'Dead letters, newest first.';
comment on column public.dead_letter_details.queue_name is 'Where the message goes again when it is replayed.';
comment on column public.dead_letter_details.msg is 'The message as it was read.';
comment on column public.dead_letter_details.failed_at is 'When we gave up.';
comment on column public.dead_letter_details.fail_count is 'How many attempts failed. Waiting is not failing.';
comment on column public.dead_letter_details.details is 'error: what went wrong; question: linernotes.question.id; msg_id: the message that died.';

create function public.pgmq_send(queue_name text, msg jsonb)
returns bigint
language sql
security definer
set search_path = ''
as $$
    select pgmq.send($1::text, $2::jsonb, 0::int)
$$;
comment on function public.pgmq_send(text, jsonb) is 'Queue a message; returns its number.';

-- A type, because a function with the argument `vt` cannot have a result column `vt` as well.
create type linernotes.queue_message as (
    msg_id bigint,
    read_ct integer,
    enqueued_at timestamptz,
    vt timestamptz,
    message jsonb
);
comment on type linernotes.queue_message is 'A message as public.pgmq_read returns it: the columns that every version of PGMQ has.';
comment on column linernotes.queue_message.msg_id is 'The message, as PGMQ numbers it within its queue.';
comment on column linernotes.queue_message.read_ct is 'How often it has been delivered, this time included.';
comment on column linernotes.queue_message.enqueued_at is 'When it was sent.';
comment on column linernotes.queue_message.vt is 'When it shows again unless somebody finishes it.';
comment on column linernotes.queue_message.message is 'What was sent.';

create function public.pgmq_read(queue_name text, vt integer, qty integer)
returns setof linernotes.queue_message
language sql
security definer
set search_path = ''
as $$
    select m.msg_id, m.read_ct::integer, m.enqueued_at, m.vt, m.message
    from pgmq.read($1::text, $2::int, $3::int) as m
$$;
comment on function public.pgmq_read(text, integer, integer) is 'Take up to `qty` messages and hide them for `vt` seconds.';

create function public.pgmq_archive(queue_name text, msg_id bigint)
returns boolean
language sql
security definer
set search_path = ''
as $$
    select pgmq.archive($1::text, $2::bigint)
$$;
comment on function public.pgmq_archive(text, bigint) is 'Finish a message; false where somebody else has finished it.';

-- Lock the deliveries among these that are still ours: the message is there, and has not been
-- delivered again since (`read_ct` as claimed). Everything short of finishing is fenced by this.
create function linernotes.hold(queue text, ids bigint[], reads int[])
returns setof bigint
language plpgsql
set search_path = ''
as $$
begin
    return query execute format(
        'select q.msg_id from pgmq.%I as q
         join unnest($1, $2) as mine(msg_id, read_ct) using (msg_id)
         where q.read_ct = mine.read_ct
         order by q.msg_id for update of q',
        lower('q_' || queue)
    ) using ids, reads;
end
$$;
comment on function linernotes.hold(text, bigint[], int[]) is 'Lock the deliveries that are still ours, in one order for everybody.';

-- Rights. PostgreSQL lets everybody execute a new function, and Supabase's default privileges
-- give what is new in schema public to its API roles, sequences included: both are taken back.
-- Those roles may appear after us, so `linernotes migrate` calls this each time, and so does every
-- migration at its end. It ends with the same rights however often it runs.
create function linernotes.apply_grants()
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
        grant execute on function
            public.pgmq_send(text, jsonb),
            public.pgmq_read(text, integer, integer),
            public.pgmq_archive(text, bigint)
        to service_role;
    end if;
end
$$;
comment on function linernotes.apply_grants() is 'Give each role what it needs and no more; for Supabase''s roles as soon as they exist.';

select linernotes.apply_grants();
