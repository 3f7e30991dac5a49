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

-- What was stored under an id that has been merged, now or long ago, is stated under the one it
-- has now. Where the old one's page says who that is, so does the new one's: what was said of the
-- old one besides credits goes. Whoever calls this holds the lock of producers. In PL/pgSQL,
-- because nearly always there is nothing to do, and that is to cost nothing.
create function linernotes.move_merged(producer_ids text[])
returns void
language plpgsql
set search_path = ''
as $$
begin
    if not exists (select from linernotes.merged as m where m.id = any(producer_ids)) then
        return;
    end if;
    with recursive led(id, current_id) as (
        select m.id, m.current_id
        from linernotes.merged as m
        where m.id = any(producer_ids)
        union
        select led.id, m.current_id
        from led
        join linernotes.merged as m on m.id = led.current_id
    ), moved as (
        select led.id, led.current_id
        from led
        where not exists (select from linernotes.merged as m where m.id = led.current_id)
    ), identities_gone as (
        delete from linernotes.identity as t using moved where t.producer_id = moved.id
    ), answers_gone as (
        delete from linernotes.profile_answer as t using moved where t.producer_id = moved.id
    ), profiles_gone as (
        delete from linernotes.profile as t using moved where t.producer_id = moved.id
    ), producers_gone as (
        delete from linernotes.producer as t using moved
        where t.id = moved.id
        returning
            moved.current_id, t.source, t.name, t.kind, t.disambiguation,
            replace(t.url, moved.id, moved.current_id) as url, t.retrieved_at
    ), producers as (
        insert into linernotes.producer (id, source, name, kind, disambiguation, url, retrieved_at)
        select distinct on (g.current_id)
            g.current_id, g.source, g.name, g.kind, g.disambiguation, g.url, g.retrieved_at
        from producers_gone as g
        order by g.current_id, g.retrieved_at desc
        on conflict (id) do nothing
    ), credits_gone as (
        delete from linernotes.credit as t using moved
        where t.producer_id = moved.id
        returning
            t.track_id, t.source, moved.current_id, t.role, t.scope, t.printed_as, t.detail,
            t.matched_by, t.source_url, t.retrieved_at
    )
    insert into linernotes.credit as t (
        track_id, source, producer_id, role, scope, printed_as, detail, matched_by, source_url,
        retrieved_at
    )
    select distinct on (g.track_id, g.source, g.current_id, g.role, g.scope)
        g.track_id, g.source, g.current_id, g.role, g.scope, g.printed_as, g.detail, g.matched_by,
        g.source_url, g.retrieved_at
    from credits_gone as g
    order by g.track_id, g.source, g.current_id, g.role, g.scope, g.retrieved_at desc
    on conflict (track_id, source, producer_id, role, scope) do update
    set
        printed_as = excluded.printed_as,
        detail = excluded.detail,
        matched_by = excluded.matched_by,
        source_url = excluded.source_url,
        retrieved_at = excluded.retrieved_at
    where t.retrieved_at < excluded.retrieved_at;
end
$$;
comment on function linernotes.move_merged(text[]) is 'Keep under the current id what was stored under one of these that a source has merged.';

select linernotes.apply_grants();
