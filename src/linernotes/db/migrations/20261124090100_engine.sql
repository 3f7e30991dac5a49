-- What the engine keeps beside the queues: questions and what followed from them, budgets of the
-- sources, answers asked once. No foreign keys between these: rows are written by many workers
-- at once, and a key check takes locks in an order that nobody chose (docs/decisions/0004).

insert into linernotes.migration (version) values ('20261124090100');

create table linernotes.store (
    only_row boolean primary key default true check (only_row),
    kind text not null check (kind in ('live', 'sandbox')),
    chosen_at timestamptz not null default now()
);
alter table linernotes.store enable row level security;
comment on table linernotes.store is 'Whether this database holds facts of the real world or of the sandbox. Never both.';
comment on column linernotes.store.only_row is 'Always true: there is no second row.';
comment on column linernotes.store.kind is 'live or sandbox.';
comment on column linernotes.store.chosen_at is 'When the first command decided it.';

create table linernotes.question (
    id bigint generated always as identity primary key,
    queue text not null,
    key text not null,
    body jsonb not null,
    generation integer not null default 1,
    state text not null default 'open' check (state in ('open', 'answered', 'dead')),
    asked_at timestamptz not null default now(),
    answered_at timestamptz,
    failures integer not null default 0,
    error text,
    unique (queue, key)
) with (fillfactor = 85);
alter table linernotes.question enable row level security;
comment on table linernotes.question is 'The frontier: every question ever queued, once each.';
comment on column linernotes.question.id is 'Goes with the message as `question`.';
comment on column linernotes.question.queue is 'The queue of the stage and source that answer it.';
comment on column linernotes.question.key is 'Names the question within its queue.';
comment on column linernotes.question.body is 'The message, without its envelope.';
comment on column linernotes.question.generation is 'How often it has been queued: a refresh or a retry begins a new one, and messages of an older one have no effect.';
comment on column linernotes.question.state is 'open: queued or in work. answered: took effect. dead: given up on, see public.pgmq_dead_letter_items.';
comment on column linernotes.question.asked_at is 'When this generation was queued.';
comment on column linernotes.question.answered_at is 'When it last took effect.';
comment on column linernotes.question.failures is 'Failed attempts of this generation; waiting is not failing.';
comment on column linernotes.question.error is 'What the last failed attempt said.';

create table linernotes.follow_up (
    question_id bigint not null,
    follow_up_id bigint not null,
    primary key (question_id, follow_up_id)
);
alter table linernotes.follow_up enable row level security;
comment on table linernotes.follow_up is 'Which questions followed from which, those that were asked already included. A discovery is what can be reached from its root.';
comment on column linernotes.follow_up.question_id is 'The question that was answered.';
comment on column linernotes.follow_up.follow_up_id is 'A question that its answer raised.';

create table linernotes.discovery (
    id bigint generated always as identity primary key,
    question_id bigint not null,
    asked_for text not null,
    asked_at timestamptz not null default now(),
    refresh boolean not null default false
);
create index discovery_question_id on linernotes.discovery (question_id);
alter table linernotes.discovery enable row level security;
comment on table linernotes.discovery is 'What somebody asked for: an artist, by name or link. Its root is a question that others may share.';
comment on column linernotes.discovery.id is 'Names the discovery.';
comment on column linernotes.discovery.question_id is 'Its root in linernotes.question.';
comment on column linernotes.discovery.asked_for is 'A name as it was typed, or the id that a link leads to.';
comment on column linernotes.discovery.asked_at is 'When it was typed.';
comment on column linernotes.discovery.refresh is 'Whether answers that we have were to be asked for again.';

create table linernotes.budget (
    source text primary key,
    next_at timestamptz not null default '-infinity',
    closed_until timestamptz not null default '-infinity',
    closed_reason text,
    refused boolean not null default false,
    told boolean not null default false,
    failures integer not null default 0,
    requests bigint not null default 0
);
alter table linernotes.budget enable row level security;
comment on table linernotes.budget is 'When each source may next be asked; shared by all workers.';
comment on column linernotes.budget.source is 'The source, by name.';
comment on column linernotes.budget.next_at is 'The next free slot of its rate limit.';
comment on column linernotes.budget.closed_until is 'It told us to wait, refused us or could not be reached: nobody asks before, then one alone. -infinity once it has answered since.';
comment on column linernotes.budget.closed_reason is 'Why it is closed, for a person.';
comment on column linernotes.budget.refused is 'Closed because our key or account was refused: a person must look.';
comment on column linernotes.budget.told is 'Closed because the source itself told us to wait: nobody here may lift that.';
comment on column linernotes.budget.failures is 'How often in a row it could not be reached; each time it is closed for longer.';
comment on column linernotes.budget.requests is 'Slots of the rate limit taken, ever; requests for tokens take none.';

create table linernotes.answer (
    source text not null,
    request text not null,
    state text not null check (state in ('asking', 'here')),
    asker uuid not null,
    until timestamptz not null,
    status integer,
    body text,
    fetched_at timestamptz,
    expires_at timestamptz,
    primary key (source, request)
);
create index answer_expires_at on linernotes.answer (expires_at);
alter table linernotes.answer enable row level security;
comment on table linernotes.answer is 'Requests asked once: whoever inserts the row asks, the others wait for it.';
comment on column linernotes.answer.source is 'Whom we asked.';
comment on column linernotes.answer.request is 'Names the request within its source: path and parameters, or path and item of a batch.';
comment on column linernotes.answer.state is 'asking: somebody is at it. here: the answer is below.';
comment on column linernotes.answer.asker is 'Which process asks, or asked.';
comment on column linernotes.answer.until is 'While asking: an asker who has not answered by then is taken for dead and replaced.';
comment on column linernotes.answer.status is 'HTTP status: 200, or 404 for what the source does not know.';
comment on column linernotes.answer.body is 'What it said, as text.';
comment on column linernotes.answer.fetched_at is 'When it said so.';
comment on column linernotes.answer.expires_at is 'After this the answer counts no more and is asked for again.';

create table linernotes.learned (
    source text not null,
    account text not null,
    name text not null,
    value text not null,
    learned_at timestamptz not null default now(),
    primary key (source, account, name)
);
alter table linernotes.learned enable row level security;
comment on table linernotes.learned is 'What a source''s behaviour taught us, by account: the page size it allows, for example.';
comment on column linernotes.learned.source is 'Whose behaviour.';
comment on column linernotes.learned.account is 'Towards which account of ours; another one may be treated otherwise.';
comment on column linernotes.learned.name is 'What it is about.';
comment on column linernotes.learned.value is 'What we learned.';
comment on column linernotes.learned.learned_at is 'When.';

select linernotes.apply_grants();
