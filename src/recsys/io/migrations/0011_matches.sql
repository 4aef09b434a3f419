-- Pairs of customers that record linkage found, and what people decided about pairs. Keys only, never a value.
create table identity.matches (
    customer_key_l uuid not null,
    customer_key_r uuid not null,
    match_weight double precision,
    match_probability double precision,
    match_rule text not null,
    state text not null check (state in ('joined', 'review', 'split')),
    reason text not null,
    run_id text not null,
    primary key (customer_key_l, customer_key_r),
    check (customer_key_l < customer_key_r)
);
create index on identity.matches (customer_key_r);
comment on table identity.matches is 'One row per pair that the last run found likely; made anew by every run.';
comment on column identity.matches.match_weight is 'In bits; null where a decision or an older version of a customer made the pair.';
comment on column identity.matches.state is 'joined: one person; review: people may look at it; split: people keep them apart.';
comment on column identity.matches.reason is 'Why the pair is not joined; never a value.';

create table identity.match_decisions (
    customer_key_l uuid not null,
    customer_key_r uuid not null,
    decision text not null check (decision in ('join', 'split')),
    decided_by text not null,
    decided_at timestamptz not null default now(),
    primary key (customer_key_l, customer_key_r),
    check (customer_key_l < customer_key_r)
);
comment on table identity.match_decisions is 'What people decided about two customers; it wins in every run.';

create table identity.match_weights (
    is_only boolean primary key default true check (is_only),
    run_id text not null,
    weights jsonb not null
);
comment on table identity.match_weights is 'Probabilities m and u of each grade of each comparison, as the last run used them.';

comment on column identity.customers.match_rule is
'self, national_id, email_and_birth_date, probable or decision: why this person_key.';

grant select, insert, update, delete, truncate on identity.matches, identity.match_weights to ingest;
grant select on identity.match_decisions to ingest;

create function identity.list_matches(wanted_state text default null)
returns setof identity.matches
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    insert into ops.audit_log (actor, action, subject) values (session_user, 'list_matches', wanted_state);
    return query
        select matches.*
        from identity.matches as matches
        where wanted_state is null or matches.state = wanted_state
        order by matches.match_weight desc nulls first, matches.customer_key_l, matches.customer_key_r;
end
$$;
comment on function identity.list_matches is 'Pairs of customers of a state, or all, the likeliest first; audited.';

create function identity.decide_match(one uuid, other uuid, wanted text, decided_by text)
returns void
language plpgsql
security definer
set search_path = pg_catalog
as $$
begin
    insert into identity.match_decisions (customer_key_l, customer_key_r, decision, decided_by)
    values (least(one, other), greatest(one, other), wanted, decide_match.decided_by)
    on conflict (customer_key_l, customer_key_r) do update
    set decision = excluded.decision, decided_by = excluded.decided_by, decided_at = now();
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user,
        wanted || '_customers',
        least(one, other)::text || ' ' || greatest(one, other)::text,
        jsonb_build_object('decided_by', decide_match.decided_by)
    );
end
$$;

-- Of one person two: the customer that does not stand for the person leaves, with whatever is its own.
create function identity.split_customers(one uuid, other uuid, decided_by text)
returns uuid
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    person uuid := (select person_key from identity.customers where customer_key = one);
    leaving uuid := case when person = other then one else other end;
begin
    perform identity.decide_match(one, other, 'split', split_customers.decided_by);
    update identity.matches set state = 'split', reason = 'decided by people'
    where customer_key_l = least(one, other) and customer_key_r = greatest(one, other);
    if person is distinct from (select person_key from identity.customers where customer_key = other) then
        return null;
    end if;
    update identity.customers set person_key = leaving, match_rule = 'self' where customer_key = leaving;
    update raw.customer_links set person_key = leaving, match_rule = 'self' where customer_key = leaving;
    update identity.matches set state = 'review', reason = 'brings together customers who are apart'
    where leaving in (customer_key_l, customer_key_r) and state = 'joined';
    return leaving;
end
$$;
comment on function identity.split_customers is
'Make two persons of one, from now on and in every later run; returns the customer that left, null where they were two. Audited.';

-- Of two persons one: all customers of both follow the one that stands for them.
create function identity.join_customers(one uuid, other uuid, standing uuid, decided_by text)
returns bigint
language plpgsql
security definer
set search_path = pg_catalog
as $$
declare
    persons uuid[] := (
        select array_agg(distinct person_key) from identity.customers where customer_key in (one, other)
    );
    moved bigint;
begin
    if not standing = any(persons) then
        raise exception 'The customer that stands for both must stand for one of them already.';
    end if;
    perform identity.decide_match(one, other, 'join', join_customers.decided_by);
    if exists (
        select 1 from identity.match_decisions as decisions
        inner join identity.customers as lefts on lefts.customer_key = decisions.customer_key_l
        inner join identity.customers as rights on rights.customer_key = decisions.customer_key_r
        where decisions.decision = 'split'
            and lefts.person_key = any(persons) and rights.person_key = any(persons)
    ) then
        raise exception 'Two of their customers were split by people.';
    end if;
    update identity.customers set person_key = standing, match_rule = 'decision'
    where person_key = any(persons) and person_key != standing;
    get diagnostics moved = row_count;
    update raw.customer_links set person_key = standing, match_rule = 'decision'
    where person_key = any(persons) and person_key != standing;
    update identity.matches set state = 'joined', reason = ''
    from identity.customers as lefts, identity.customers as rights
    where lefts.customer_key = matches.customer_key_l and rights.customer_key = matches.customer_key_r
        and lefts.person_key = standing and rights.person_key = standing;
    return moved;
end
$$;
comment on function identity.join_customers is
'Make one person of two, from now on and in every later run; returns how many customers moved. Audited.';

revoke execute on function identity.list_matches, identity.decide_match, identity.split_customers,
identity.join_customers from public;
grant usage on schema identity to engineer;
grant execute on function identity.list_matches, identity.split_customers, identity.join_customers to engineer, ingest;
