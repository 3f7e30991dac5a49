-- What credit sources say of people in words that we do not know, for `linernotes doctor`.

insert into linernotes.migration (version) values ('20261124150200');

create table linernotes.unknown_role (
    track_id text not null,
    source text not null,
    source_url text not null,
    kind text not null check (kind in ('relation', 'attribute', 'task')),
    met text not null,
    words text not null,
    retrieved_at timestamptz not null,
    primary key (track_id, source, source_url, kind, met)
);
alter table linernotes.unknown_role enable row level security;
comment on table linernotes.unknown_role is 'What a credit source says of somebody in words that we do not know. It makes nobody a producer.';
comment on column linernotes.unknown_role.track_id is 'The track that was asked about, linernotes.track.id.';
comment on column linernotes.unknown_role.source is 'Who says so.';
comment on column linernotes.unknown_role.source_url is 'Where the source says it: the recording or the release.';
comment on column linernotes.unknown_role.kind is 'What we do not know: a type of relation, or an attribute or task of a producer.';
comment on column linernotes.unknown_role.met is 'The source''s id of it, or the text of the task.';
comment on column linernotes.unknown_role.words is 'The same for people.';
comment on column linernotes.unknown_role.retrieved_at is 'When the source said so.';

select linernotes.apply_grants();
