-- name: installed
-- Whether PGMQ is there, as an extension or as plain SQL. A schema alone is not enough.
select exists (
    select
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where n.nspname = 'pgmq' and p.proname = 'create'
) as installed

-- name: offered
-- Whether the server has the extension to offer.
select exists (
    select
    from pg_catalog.pg_available_extensions as e
    where e.name = 'pgmq'
) as offered

-- name: create_extension
create extension pgmq
