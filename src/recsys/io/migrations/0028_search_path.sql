-- A search path that does not name pg_temp has it first: then whoever calls a function that runs as its owner could lay
-- a temporary view before a table of the catalogue that the function reads, and have code of their own run as the owner.
do $$
declare
    ours record;
begin
    for ours in
        select functions.oid::regprocedure as signature, functions.prosecdef as is_definer
        from pg_proc as functions
        inner join pg_namespace as schemas on schemas.oid = functions.pronamespace
        where
            schemas.nspname !~ '^pg_' and schemas.nspname <> 'information_schema'
            and (functions.prosecdef or 'search_path=pg_catalog' = any(functions.proconfig))
    loop
        execute format('alter function %s set search_path = pg_catalog, pg_temp', ours.signature);
        if ours.is_definer then
            execute format('revoke execute on function %s from public', ours.signature);
        end if;
    end loop;
end
$$;
