-- Who a producer is, beyond the name: what a list of people for other programs needs.

insert into linernotes.migration (version) values ('20261124150300');

create table linernotes.identity (
    producer_id text not null,
    source text not null,
    sort_name text,
    isnis text[] not null,
    ipis text[] not null,
    wikidata_id text,
    source_url text not null,
    retrieved_at timestamptz not null,
    primary key (producer_id, source)
);
alter table linernotes.identity enable row level security;
comment on table linernotes.identity is 'What a source says to tell a producer by: the name for sorting, and numbers in registers.';
comment on column linernotes.identity.producer_id is 'The producer, linernotes.producer.id.';
comment on column linernotes.identity.source is 'Who says so.';
comment on column linernotes.identity.sort_name is 'The name for sorting, such as "Last, First"; null where the source gives none.';
comment on column linernotes.identity.isnis is 'International Standard Name Identifiers, 16 characters each, as the source gives them.';
comment on column linernotes.identity.ipis is 'Interested Parties Information numbers, 11 digits each, as the source gives them.';
comment on column linernotes.identity.wikidata_id is 'The Wikidata item that the source links to; null where it links to none, or to several.';
comment on column linernotes.identity.source_url is 'Where the source says it.';
comment on column linernotes.identity.retrieved_at is 'When the source said so.';

select linernotes.apply_grants();
