-- Which values of a free-text category are spellings of one value. Both sides are shared by several customers or differ
-- from such a value by a slip; names were redacted before, so nothing here tells of a person.
create table ops.value_clusters (
    table_name text not null,
    column_name text not null,
    value text not null,
    canonical text not null,
    method text not null check (method in ('fingerprint', 'ngram_fingerprint', 'nearest_neighbour')),
    similarity double precision not null check (similarity between 0 and 1),
    n_rows bigint not null,
    n_canonical_rows bigint not null,
    state text not null check (state in ('proposed', 'accepted', 'rejected')),
    decided_by text,
    decided_at timestamptz,
    first_run_id text not null references ops.runs,
    primary key (table_name, column_name, value),
    check (value <> canonical),
    check (state = 'proposed' or decided_at is not null)
);
comment on table ops.value_clusters is 'Values with the spelling that they become in staging once that is accepted.';
comment on column ops.value_clusters.n_rows is 'Rows of raw that held the value in the last run.';
comment on column ops.value_clusters.decided_by is 'A person, or the rule that accepted it; a decision is never proposed again.';

grant select, insert, update, delete on ops.value_clusters to transform;
grant select on ops.value_clusters to engineer;

create function ops.decide_value_clusters(
    wanted_state text,
    decider text,
    wanted_table text,
    wanted_column text,
    wanted_value text,
    wanted_method text
)
returns table (value text, canonical text, method text, n_rows bigint)
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    return query
        with decided as (
            update ops.value_clusters as clusters
            set state = wanted_state, decided_by = decider, decided_at = now()
            where clusters.table_name = wanted_table
                and clusters.column_name = wanted_column
                and (wanted_value is null or clusters.value = wanted_value)
                and (wanted_method is null or clusters.method = wanted_method)
                and clusters.state <> wanted_state
                -- One value at a time overrules a decision; all at once only decides what is still open.
                and (wanted_value is not null or clusters.state = 'proposed' or wanted_state = 'proposed')
                -- A value that became another one is no canonical form, nor does a canonical form become another one.
                and (wanted_state <> 'accepted' or not exists (
                    select 1 from ops.value_clusters as others
                    where others.table_name = clusters.table_name
                        and others.column_name = clusters.column_name
                        and others.state = 'accepted'
                        and (others.value = clusters.canonical or others.canonical = clusters.value)
                ))
            returning clusters.value, clusters.canonical, clusters.method, clusters.n_rows
        )
        select decided.value, decided.canonical, decided.method, decided.n_rows from decided
        order by decided.n_rows desc, decided.value;
    insert into ops.audit_log (actor, action, subject, details)
    values (
        session_user,
        'decide_value_clusters',
        wanted_table || '.' || wanted_column,
        jsonb_build_object(
            'state', wanted_state, 'value', wanted_value, 'method', wanted_method, 'decided_by', decider
        )
    );
end
$$;
comment on function ops.decide_value_clusters is 'Accept, reject or reopen proposals of a column, one or all of a method; audited.';

revoke execute on function ops.decide_value_clusters from public;
grant execute on function ops.decide_value_clusters to engineer;
