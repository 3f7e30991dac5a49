-- What `linernotes doctor` looks at. It changes nothing.

-- name: database
-- Which server this is, and what of it matters to us.
select
    current_setting('server_version') as version,
    current_setting('server_version_num')::int / 10000 as major,
    pg_encoding_to_char(d.encoding) as encoding,
    current_database()::text as name,
    current_user::text as role,
    pg_database_size(current_database()) as bytes
from pg_catalog.pg_database as d
where d.datname = current_database()

-- name: has_schema
-- Whether anything of ours is there.
select exists (
    select from pg_catalog.pg_namespace as n where n.nspname = 'linernotes'
) as has_schema

-- name: now
select clock_timestamp() as now

-- name: backend
-- Which process of the server this transaction met: another one next time means a pooler.
select pg_backend_pid() as backend

-- name: pgmq_version
-- Of the extension; no row where it was loaded as plain SQL, or is not there.
select e.extversion as version
from pg_catalog.pg_extension as e
where e.extname = 'pgmq'

-- name: missing_calls
-- Which of these calls ("read(text,int4,int4)") PGMQ would not answer: later versions have more
-- arguments with defaults, and that is fine.
with wanted as (
    select
        call.text as call,
        split_part(call.text, '(', 1) as name,
        array(
            select to_regtype(argument)::oid
            from regexp_split_to_table(nullif(rtrim(split_part(call.text, '(', 2), ')'), ''), ',')
                as argument
        ) as types
    from unnest(%(calls)s::text[]) as call(text)
)
select w.call
from wanted as w
where not exists (
    select
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where
        n.nspname = 'pgmq'
        and p.proname = w.name
        and cardinality(w.types) between p.pronargs - p.pronargdefaults and p.pronargs
        and (p.proargtypes::oid[])[0:cardinality(w.types) - 1] = w.types
)
order by w.call

-- name: missing_queues
-- Which of our queues nobody has created.
select wanted.queue
from unnest(%(queues)s::text[]) as wanted(queue)
where not exists (
    select from pgmq.list_queues() as known where known.queue_name = wanted.queue
)
order by wanted.queue

-- name: too_much
-- What roles have that must not, as statements that take it back: everybody, and the roles
-- that strangers have at Supabase.
with strangers as (
    select r.oid, quote_ident(r.rolname) as name
    from pg_catalog.pg_roles as r
    where r.rolname in ('anon', 'authenticated')
    union all
    select 0::oid, 'public'
), given as (
    select 'schema ' || quote_ident(n.nspname) as object, a.grantee
    from pg_catalog.pg_namespace as n
    cross join aclexplode(n.nspacl) as a
    where n.nspname = 'linernotes'
    union
    select
        case when c.relkind = 'S' then 'sequence ' else '' end
            || format('%%I.%%I', n.nspname, c.relname),
        a.grantee
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    cross join aclexplode(c.relacl) as a
    where
        n.nspname = 'linernotes'
        or (n.nspname = 'public' and c.relname = any(%(relations)s::text[]))
    union
    select
        'function ' || format(
            '%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)
        ),
        a.grantee
    from pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    -- Where nothing was said, everybody may execute a function.
    cross join aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a
    where
        n.nspname = 'linernotes'
        or (n.nspname = 'public' and p.proname = any(%(functions)s::text[]))
)
select 'revoke all on ' || given.object || ' from ' || strangers.name as statement
from given
join strangers on strangers.oid = given.grantee
order by statement

-- name: too_little
-- What a role needs and lacks, as statements that give it. `service_role` is for the
-- programs of an operator at Supabase; the other is whoever runs workers, which is us.
with service as (
    select r.oid from pg_catalog.pg_roles as r where r.rolname = 'service_role'
), objects as (
    select c.oid, c.relkind, c.relname, n.nspname
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where
        c.relkind in ('r', 'p', 'v')
        and (
            n.nspname = 'linernotes'
            or (n.nspname = 'public' and c.relname = any(%(relations)s::text[]))
        )
), needed as (
    select
        has_schema_privilege(service.oid, 'linernotes', 'usage') as granted,
        'grant usage on schema linernotes to service_role' as statement
    from service
    union all
    select
        has_table_privilege(service.oid, o.oid, 'select'),
        format('grant select on %%I.%%I to service_role', o.nspname, o.relname)
    from service
    cross join objects as o
    union all
    select
        has_table_privilege(service.oid, o.oid, kind),
        format('grant %%s on %%I.%%I to service_role', kind, o.nspname, o.relname)
    from service
    cross join objects as o
    cross join unnest(array['insert', 'update', 'delete']) as kind
    where o.nspname = 'public' and o.relkind <> 'v'
    union all
    select
        has_function_privilege(service.oid, p.oid, 'execute'),
        format(
            'grant execute on function %%I.%%I(%%s) to service_role',
            n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)
        )
    from service
    cross join pg_catalog.pg_proc as p
    join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
    where
        (n.nspname = 'public' and p.proname = any(%(functions)s::text[]))
        -- The one that our views call.
        or (n.nspname = 'linernotes' and p.proname = 'named')
    union all
    select
        has_schema_privilege(n.oid, 'usage'),
        format('grant usage on schema %%I to %%I', n.nspname, current_user)
    from pg_catalog.pg_namespace as n
    where n.nspname in ('linernotes', 'pgmq')
    union all
    select
        has_table_privilege(t.oid, kind),
        format('grant %%s on %%I.%%I to %%I', kind, t.nspname, t.relname, current_user)
    from (
        select o.oid, o.nspname, o.relname from objects as o where o.relkind <> 'v'
        union all
        select c.oid, n.nspname, c.relname
        from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where
            n.nspname = 'pgmq'
            and c.relname in (
                select prefix || queue
                from unnest(array['q_', 'a_']) as prefix
                cross join unnest(%(queues)s::text[]) as queue
            )
    ) as t
    cross join unnest(array['select', 'insert', 'update', 'delete']) as kind
    union all
    -- There are no policies: whoever does not own a table sees and writes no row of it.
    select
        not row_security_active(o.oid),
        format('grant %%I to %%I', pg_get_userbyid(c.relowner), current_user)
    from objects as o
    join pg_catalog.pg_class as c on c.oid = o.oid
    where o.relkind <> 'v'
)
select distinct needed.statement
from needed
where not needed.granted
order by needed.statement

-- name: unsecured
-- Our tables without row level security, as statements that give it.
select
    format('alter table %%I.%%I enable row level security', n.nspname, c.relname) as statement
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where
    c.relkind in ('r', 'p')
    and not c.relrowsecurity
    and (
        n.nspname = 'linernotes'
        or (n.nspname = 'public' and c.relname = any(%(relations)s::text[]))
    )
order by statement

-- name: learned
-- What the behaviour of a source taught us about this account.
select l.name, l.value, l.learned_at
from linernotes.learned as l
where l.source = %(source)s::text and l.account = %(account)s::text
order by l.name

-- name: answers
-- What is kept of the answers of each source. `abandoned`: somebody was asking and did not come back.
select
    a.source,
    count(*) filter (where a.fetched_at is not null) as kept,
    coalesce(sum(pg_column_size(a.body)), 0)::bigint as bytes,
    min(a.fetched_at) as oldest,
    count(*) filter (where a.state = 'here' and a.expires_at < clock_timestamp()) as expired,
    min(a.expires_at) filter (where a.state = 'here') as first_expiry,
    count(*) filter (
        where a.state = 'asking' and a.until > '-infinity' and a.until < clock_timestamp()
    ) as abandoned
from linernotes.answer as a
group by a.source
order by a.source

-- name: archives
-- What the archives of our queues take on the disk.
select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint as bytes
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where
    n.nspname = 'pgmq'
    and c.relkind in ('r', 'p')
    and c.relname in (select 'a_' || queue from unnest(%(queues)s::text[]) as queue)

-- name: open_questions
-- How many questions of each queue are open: each has a message there.
select q.queue, count(*) as open
from linernotes.question as q
where q.state = 'open' and q.queue = any(%(queues)s::text[])
group by q.queue
order by q.queue

-- name: unknown_roles
-- What was met in words that we do not know, how many recordings or releases say it, and one.
select
    u.source, u.kind, u.met, max(u.words) as words,
    count(distinct u.source_url) as met_on, min(u.source_url) as example
from linernotes.unknown_role as u
group by u.source, u.kind, u.met
order by met_on desc, u.source, u.kind, u.met
