-- Data engineers read what was rejected through one function, which writes down who looked at which load.
create function quarantine.list_rows(wanted_load_id text)
returns table (table_name text, line bigint, column_name text, rule text, reason text, quarantined_at timestamptz)
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    insert into ops.audit_log (actor, action, subject) values (session_user, 'list_quarantined_rows', wanted_load_id);
    return query
        select rows.table_name, rows.line, rows.column_name, rows.rule, rows.reason, rows.quarantined_at
        from quarantine.rows as rows
        where rows.load_id = wanted_load_id
        order by rows.table_name, rows.line;
end
$$;
comment on function quarantine.list_rows is 'Rejected rows of a load (its run id), without their content; audited.';

revoke execute on function quarantine.list_rows from public;
grant execute on function quarantine.list_rows to engineer;
revoke select (load_id, table_name, line, column_name, rule, reason, quarantined_at) on quarantine.rows from engineer;
