-- What hallpass keeps, on PostgreSQL 13 or newer. Names stand without a schema: the search_path decides.

create table if not exists hallpass_denylist (
    one boolean primary key default true check (one),
    header bytea not null,
    -- The latest moment as of which anything was dropped that forbids; microseconds since 1970, as everywhere here.
    purged bigint,
    -- The cluster and the timeline that the header is of.
    place text not null
);

-- In the order of (xid, id) for each reader, who asks for what its last snapshot did not show.
create table if not exists hallpass_records (
    xid xid8 not null default pg_current_xact_id(),
    id bigint generated always as identity,
    kept_until bigint,
    forbids boolean not null,
    record bytea not null,
    primary key (xid, id)
);

create index if not exists hallpass_records_kept_until on hallpass_records (kept_until);

-- Proofs of life: what each connection has written last, so that it notices when the engine has lost it.
create table if not exists hallpass_processes (
    process bytea primary key,
    beat bigint not null,
    seen timestamptz not null
);
