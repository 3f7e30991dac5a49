-- Two ids of one person: what a source merged is one producer here too.

insert into linernotes.migration (version) values ('20261124150400');

create table linernotes.merged (
    id text primary key,
    current_id text not null check (current_id <> id),
    source text not null,
    retrieved_at timestamptz not null
);
alter table linernotes.merged enable row level security;
comment on table linernotes.merged is 'Ids of producers that a source answers under another id, because it merged the two. What is stated under the old one is kept under the new one.';
comment on column linernotes.merged.id is 'The id that we asked for.';
comment on column linernotes.merged.current_id is 'The id in the answer; may have been merged since.';
comment on column linernotes.merged.source is 'Who says so.';
comment on column linernotes.merged.retrieved_at is 'When the source said so.';

select linernotes.apply_grants();
