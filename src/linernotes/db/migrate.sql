-- name: patience
-- For this transaction only: give up a lock after a minute, and let a migration take its time.
select
    set_config('lock_timeout', '60s', true),
    set_config('statement_timeout', '0', true)

-- name: lock
-- One migrate at a time in this database. The lock ends with the transaction, as a pooler needs.
select pg_advisory_xact_lock(hashtextextended('linernotes migrate', 0))

-- name: tables
-- Which tables a migration is recorded in are there yet, by schema, and with which columns.
-- From the catalog: naming a table would fail where it is missing or may not be looked at.
select n.nspname as schema, array_agg(a.attname::text) as columns
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where (n.nspname, c.relname) in (('supabase_migrations', 'schema_migrations'), ('linernotes', 'migration'))
group by n.nspname

-- name: recorded
-- What the history holds, which is also the Supabase CLI's: our versions and those of others.
select h.version
from supabase_migrations.schema_migrations as h

-- name: marked
-- What this schema is made of: versions of ours only, left by the migrations themselves.
select m.version
from linernotes.migration as m

-- name: make_history
-- The Supabase CLI's table, word for word as version 3.1.0 makes it.
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text not null primary key);
alter table supabase_migrations.schema_migrations add column if not exists statements text[];
alter table supabase_migrations.schema_migrations add column if not exists name text;

-- name: record
-- The row that the Supabase CLI writes. Somebody who restores a dump may have it already.
insert into supabase_migrations.schema_migrations (version, name, statements)
values (%(version)s::text, %(name)s::text, %(statements)s::text[])
on conflict (version) do nothing

-- name: mark
-- A migration marks itself, whoever applies it; this is for one that forgot.
insert into linernotes.migration (version)
values (%(version)s::text)
on conflict (version) do nothing

-- name: missing_grants
-- What this role lacks to migrate, as statements that somebody else can run.
with me as (
    select current_user as name, current_database() as database
), needed as (
    select
        has_database_privilege(me.database, 'create') as granted,
        format('grant create on database %I to %I', me.database, me.name) as statement
    from me
    where not exists (
        select from pg_catalog.pg_namespace as n where n.nspname = 'linernotes'
    )
    union all
    select
        has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create'),
        format('grant usage, create on schema %I to %I', n.nspname, me.name)
    from me
    join pg_catalog.pg_namespace as n
        on n.nspname in ('public', 'pgmq', 'linernotes', 'supabase_migrations')
    union all
    select
        has_table_privilege(c.oid, 'select') and has_table_privilege(c.oid, 'insert'),
        format('grant select, insert on %I.%I to %I', n.nspname, c.relname, me.name)
    from me
    join pg_catalog.pg_namespace as n
        on n.nspname in ('pgmq', 'linernotes', 'supabase_migrations')
    join pg_catalog.pg_class as c on c.relnamespace = n.oid
    where (n.nspname, c.relname) in (
        ('pgmq', 'meta'), ('linernotes', 'migration'), ('supabase_migrations', 'schema_migrations')
    )
    union all
    -- Only an owner may alter what is there: a later migration, and the grants of each migrate.
    select
        pg_has_role(n.nspowner, 'usage'),
        format('grant %I to %I', pg_get_userbyid(n.nspowner), me.name)
    from me
    join pg_catalog.pg_namespace as n on n.nspname = 'linernotes'
)
select needed.statement
from needed
where not needed.granted

-- name: apply_grants
-- Again each time: Supabase's roles may have appeared since.
select linernotes.apply_grants()
