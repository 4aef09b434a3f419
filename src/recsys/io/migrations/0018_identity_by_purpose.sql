-- Nobody selects from `identity`: whatever reads or changes it is a function of one purpose, which writes down that it
-- was called. What the steps inside the boundary bring in bulk they only insert, and cannot read back.

-- Rows that are on their way in. Only rows of the same transaction count (`written_by` is nobody's to set), and taking
-- them over empties the table, so it holds nothing at rest. Unlogged: written twice, but to the log once.
create unlogged table identity.new_customers (
    customer_key uuid not null,
    customer_id text not null,
    person_key uuid not null,
    match_rule text not null,
    contact bytea,
    load_id text not null,
    written_by xid8 not null default pg_current_xact_id()
);
comment on table identity.new_customers is 'Customers of a delta until identity.take_new_customers; empty at rest.';

create unlogged table identity.new_links (
    customer_key uuid not null,
    person_key uuid not null,
    match_rule text not null,
    written_by xid8 not null default pg_current_xact_id()
);
comment on table identity.new_links is 'Persons of known customers until identity.take_new_links; empty at rest.';

revoke all on all tables in schema identity from ingest;
grant insert on identity.customers, identity.matches, identity.originals to ingest;
grant insert (customer_key, customer_id, person_key, match_rule, contact, load_id) on identity.new_customers to ingest;
grant insert (customer_key, person_key, match_rule) on identity.new_links to ingest;

-- The caller's temporary objects must never be found before those that a function means.
do $$
declare
    open_to_shadowing regprocedure;
begin
    for open_to_shadowing in
        select pg_proc.oid from pg_proc
        where
            pg_proc.prosecdef
            and pg_proc.pronamespace in ('identity'::regnamespace, 'quarantine'::regnamespace, 'ops'::regnamespace)
            and 'search_path=pg_catalog' = any(pg_proc.proconfig)
    loop
        execute format('alter function %s set search_path = pg_catalog, pg_temp', open_to_shadowing);
    end loop;
end
$$;
comment on function identity.decide_match is 'Note a decision about a pair; only for split_customers and join_customers.';
comment on function serving.publish_customers is
'Who is whom from this publication on: what the views of serving join. Returns a count only.';

-- `session_user` is who logged in, also inside of a function that runs as its owner.
create function identity.note_call(called text, about text, known jsonb default '{}')
returns void
language sql
set search_path = pg_catalog, pg_temp
as $$
    insert into ops.audit_log (actor, action, subject, details) values (session_user, called, about, known)
$$;
comment on function identity.note_call is 'One line of the audit log; only for functions of this schema.';

-- Customers, as resolve_customers finds them.
create function identity.clear_customers(run text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    cleared bigint;
begin
    delete from identity.customers;
    get diagnostics cleared = row_count;
    perform identity.note_call('clear_customers', run, jsonb_build_object('customers', cleared));
    return cleared;
end
$$;
comment on function identity.clear_customers is 'Make room for the customers of a full feed. Audited.';

create function identity.take_new_customers(run text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    taken bigint;
begin
    insert into identity.customers (customer_key, customer_id, person_key, match_rule, contact, load_id)
    select customer_key, customer_id, person_key, match_rule, contact, load_id
    from identity.new_customers where written_by = pg_current_xact_id()
    on conflict (customer_key) do update
    set
        person_key = excluded.person_key, match_rule = excluded.match_rule, contact = excluded.contact,
        load_id = excluded.load_id;
    get diagnostics taken = row_count;
    truncate identity.new_customers;
    perform identity.note_call('take_new_customers', run, jsonb_build_object('customers', taken));
    return taken;
end
$$;
comment on function identity.take_new_customers is 'Add the customers of a delta, or renew those who are there. Audited.';

create function identity.take_new_links(run text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    changed bigint;
begin
    update identity.customers as known set person_key = new.person_key, match_rule = new.match_rule
    from identity.new_links as new
    where
        new.written_by = pg_current_xact_id()
        and known.customer_key = new.customer_key
        and (known.person_key, known.match_rule) is distinct from (new.person_key, new.match_rule);
    get diagnostics changed = row_count;
    truncate identity.new_links;
    perform identity.note_call('take_new_links', run, jsonb_build_object('customers', changed));
    return changed;
end
$$;
comment on function identity.take_new_links is 'Renew which person known customers are. Audited.';

create function identity.forget_customers(run text)
returns setof text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    forgotten bigint;
begin
    return query
        delete from identity.customers as known
        where not exists (select 1 from raw.customers as kept where kept.customer_key = known.customer_key)
        returning known.customer_id;
    get diagnostics forgotten = row_count;
    perform identity.note_call('forget_customers', run, jsonb_build_object('customers', forgotten));
end
$$;
comment on function identity.forget_customers is
'Forget customers who are not in raw; their ids, so that what hangs on them can be forgotten too. Audited.';

create function identity.write_links_to_raw(run text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    written bigint;
begin
    truncate raw.customer_links;
    insert into raw.customer_links (customer_key, person_key, match_rule)
    select customer_key, person_key, match_rule from identity.customers
    where customer_key in (select kept.customer_key from raw.customers as kept);
    get diagnostics written = row_count;
    perform identity.note_call('write_links_to_raw', run, jsonb_build_object('customers', written));
    return written;
end
$$;
comment on function identity.write_links_to_raw is 'Which customer is which person, keys only, for all customers in raw. Audited.';

-- Contact data goes out sealed, by a cursor with the owner's rights: it streams, and one line says that it was opened.
create function identity.open_contacts(called text, about text)
returns refcursor
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
    opened refcursor;
begin
    open opened no scroll for
        select known.customer_id, known.contact from identity.customers as known where known.contact is not null;
    perform identity.note_call(
        called, about, jsonb_build_object('customers', (select count(*) from identity.customers where contact is not null))
    );
    return opened;
end
$$;
comment on function identity.open_contacts is 'What the functions contacts_for_linking and contacts_for_redaction do.';

create function identity.contacts_for_linking(about text)
returns refcursor
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select identity.open_contacts('contacts_for_linking', about)
$$;
comment on function identity.contacts_for_linking is
'A cursor over customer ids with sealed contact data, to find customers who are one person. Audited.';

create function identity.contacts_for_redaction(about text)
returns refcursor
language sql
security definer
set search_path = pg_catalog, pg_temp
as $$
    select identity.open_contacts('contacts_for_redaction', about)
$$;
comment on function identity.contacts_for_redaction is
'A cursor over customer ids with sealed contact data, to take them out of free texts. Audited.';

create function identity.contacts_for_joining(one uuid, other uuid)
returns table (customer_key uuid, customer_id text, contact bytea)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.note_call('contacts_for_joining', least(one, other)::text || ' ' || greatest(one, other)::text);
    return query
        select standing.customer_key, standing.customer_id, standing.contact from identity.customers as standing
        where standing.customer_key in (
            select asked.person_key from identity.customers as asked where asked.customer_key in (one, other)
        );
end
$$;
comment on function identity.contacts_for_joining is
'The customers who stand for the persons of two customers, sealed, to tell who stands for both. Audited.';

-- Customer ids, as far as rows that come in refer to them.
create function identity.ids_for_ingest()
returns refcursor
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    opened refcursor;
begin
    open opened no scroll for
        select known.customer_id from identity.customers as known
        where known.customer_key in (select kept.customer_key from raw.customers as kept);
    perform identity.note_call('ids_for_ingest', 'all');
    return opened;
end
$$;
comment on function identity.ids_for_ingest is 'A cursor over the ids to which the rows of a delta may refer. Audited.';

create function identity.ids_among(wanted text[], purpose text)
returns setof text
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.note_call('ids_among', purpose, jsonb_build_object('customers', cardinality(wanted)));
    return query select known.customer_id from identity.customers as known where known.customer_id = any(wanted);
end
$$;
comment on function identity.ids_among is 'Which of some ids are customers of the bank, for whoever has the ids. Audited.';

-- Pairs of customers.
create function identity.clear_matches(run text, new_weights jsonb)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    cleared bigint;
begin
    delete from identity.matches;
    get diagnostics cleared = row_count;
    insert into identity.match_weights (run_id, weights) values (run, new_weights)
    on conflict (is_only) do update set run_id = excluded.run_id, weights = excluded.weights;
    perform identity.note_call('clear_matches', run, jsonb_build_object('matches', cleared));
    return cleared;
end
$$;
comment on function identity.clear_matches is 'Make room for the pairs of a run, and keep its weights. Audited.';

create function identity.weights_of_matches()
returns jsonb
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.note_call('weights_of_matches', null);
    return (select weights from identity.match_weights);
end
$$;
comment on function identity.weights_of_matches is 'The probabilities with which the last run linked; null before the first. Audited.';

create function identity.decisions_about_matches(wanted text)
returns table (customer_key_l uuid, customer_key_r uuid)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.note_call('decisions_about_matches', wanted);
    return query
        select decided.customer_key_l, decided.customer_key_r from identity.match_decisions as decided
        where decided.decision = wanted
        order by 1, 2;
end
$$;
comment on function identity.decisions_about_matches is 'Pairs that people joined or split. Audited.';

create function identity.ids_of_matches(keys uuid[])
returns table (customer_key uuid, customer_id text)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    perform identity.note_call('ids_of_matches', null, jsonb_build_object('customers', cardinality(keys)));
    return query
        select known.customer_key, known.customer_id from identity.customers as known
        where
            known.customer_key = any(keys)
            and exists (
                select 1 from identity.matches where known.customer_key in (matches.customer_key_l, matches.customer_key_r)
            );
end
$$;
comment on function identity.ids_of_matches is 'The bank''s ids of customers who are in a pair, and of nobody else. Audited.';

-- Values before they were standardised.
create function identity.clear_originals(run text, are_others boolean)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    cleared bigint;
begin
    delete from identity.originals
    where
        case
            when are_others then run_id <> run
            else run_id = run or run_id not in (select feeds.run_id from ops.feeds)
        end;
    get diagnostics cleared = row_count;
    perform identity.note_call(
        'clear_originals', run, jsonb_build_object('rows', cleared, 'are_others', are_others)
    );
    return cleared;
end
$$;
comment on function identity.clear_originals is
'Forget the originals of a run and those whose feed never landed; or those of all other runs. Audited.';

create function identity.forget_originals(customer_hashes bytea[], run text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    forgotten bigint;
begin
    delete from identity.originals where customer_hash = any(customer_hashes);
    get diagnostics forgotten = row_count;
    perform identity.note_call('forget_originals', run, jsonb_build_object('rows', forgotten));
    return forgotten;
end
$$;
comment on function identity.forget_originals is 'Forget the originals of customers who are forgotten. Audited.';

revoke execute on all functions in schema identity from public;
revoke execute on function serving.publish_customers from public;
grant execute on function
identity.clear_customers, identity.take_new_customers, identity.take_new_links, identity.forget_customers,
identity.write_links_to_raw, identity.contacts_for_linking, identity.contacts_for_redaction,
identity.contacts_for_joining, identity.ids_for_ingest, identity.ids_among, identity.clear_matches,
identity.weights_of_matches, identity.decisions_about_matches, identity.ids_of_matches, identity.clear_originals,
identity.forget_originals to ingest;
-- A function that is made later is nobody's either, until it is granted.
alter default privileges revoke execute on functions from public;
