-- What the bank reads. A publication is built and checked aside, then one pointer moves.
create table serving.publications (
    publication_id bigint generated always as identity primary key,
    run_id text not null references ops.runs,
    model_name text not null,
    model_version text not null,
    rules_version text not null,
    as_of date not null,
    top_n integer not null,
    n_persons bigint not null default 0,
    n_rows bigint not null default 0,
    n_eliminations bigint not null default 0,
    counts jsonb not null default '{}',
    state text not null check (state in ('building', 'checked', 'published', 'retired')),
    created_at timestamptz not null default now(),
    published_at timestamptz,
    valid_until timestamptz
);
create index on serving.publications (run_id);
comment on column serving.publications.counts is 'Rows per product, per reason and per rule: what the next publication is compared with.';

create table serving.current_publication (
    is_only boolean primary key default true check (is_only),
    publication_id bigint not null references serving.publications
);

-- Reasons are sentences shared by many rows; a row stores their numbers.
create table serving.reasons (
    publication_id bigint not null references serving.publications on delete cascade,
    reason_id smallint not null,
    code text not null,
    sentence text not null,
    primary key (publication_id, reason_id)
);

create table serving.recommendation_rows (
    publication_id bigint not null,
    person_key uuid not null,
    rank smallint not null,
    product_id text not null,
    score real not null,
    reason_ids smallint [] not null,
    primary key (publication_id, person_key, rank)
) partition by list (publication_id);

-- One row per person and rule with all products that the rule takes out: 24 products x 10 million persons stay storable.
create table serving.elimination_rows (
    publication_id bigint not null,
    person_key uuid not null,
    rule text not null,
    product_ids text [] not null,
    primary key (publication_id, person_key, rule)
) partition by list (publication_id);

-- The catalogue as last published; a product that is withdrawn today disappears from readers today.
create table serving.products (
    product_id text primary key,
    product_name text not null,
    category text not null,
    withdrawn_at date
);

-- Who was whom when it was published. identity.customers changes while a feed is still unchecked, and what readers see
-- must not. Only differences are kept: a row holds for the publications from `since_publication` to before
-- `until_publication`, so a roll back finds the customers of its time.
create table identity.published_customers (
    customer_id text not null,
    person_key uuid not null,
    since_publication bigint not null,
    until_publication bigint,
    primary key (customer_id, since_publication)
);
create index on identity.published_customers (person_key);
create index on identity.published_customers (until_publication) where until_publication is not null;
comment on table identity.published_customers is 'Customer ids with their person, per publication; nobody reads it but the views of serving.';

-- Before the pointer moves, in a transaction of its own: readers of earlier publications see no difference. Asked
-- again for the same publication it begins anew.
create function serving.publish_customers(new_publication bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    n_changed bigint;
begin
    if not exists (select 1 from serving.publications where publication_id = new_publication and state = 'checked') then
        raise exception 'publication % is not one that was checked and waits to be published', new_publication;
    end if;
    delete from identity.published_customers
    where
        since_publication >= new_publication
        or until_publication <= (select min(publication_id) from serving.publications where state = 'published');
    update identity.published_customers set until_publication = null where until_publication >= new_publication;
    update identity.published_customers as published set until_publication = new_publication
    where
        until_publication is null
        and not exists (
            select 1 from identity.customers
            where customers.customer_id = published.customer_id and customers.person_key = published.person_key
        );
    insert into identity.published_customers (customer_id, person_key, since_publication)
    select customer_id, person_key, new_publication from identity.customers
    where
        not exists (
            select 1 from identity.published_customers as published
            where published.customer_id = customers.customer_id and published.until_publication is null
        );
    get diagnostics n_changed = row_count;
    return n_changed;
end
$$;
revoke all on function serving.publish_customers from public;

-- The pointer is read as a scalar subquery, so that all other partitions are pruned before the first row is read, and
-- a lookup by customer_id is two index scans: identity.published_customers, then the current partition's primary key.
-- A suppression counts under the key of the publication and under the customer's key of today.
create view serving.recommendations with (security_barrier) as
select
    customers.customer_id,
    rows.rank,
    rows.product_id,
    products.product_name,
    rows.score,
    array(
        select reasons.sentence
        from unnest(rows.reason_ids) with ordinality as ids (reason_id, position)
        inner join serving.reasons
            on reasons.publication_id = rows.publication_id and reasons.reason_id = ids.reason_id
        order by ids.position
    ) as reasons,
    publications.model_version,
    rows.publication_id,
    publications.as_of,
    publications.published_at,
    publications.valid_until
from identity.published_customers as customers
inner join serving.recommendation_rows as rows on rows.person_key = customers.person_key
inner join serving.publications on publications.publication_id = rows.publication_id
inner join serving.products on products.product_id = rows.product_id
where
    rows.publication_id = (select publication_id from serving.current_publication)
    and customers.since_publication <= (select publication_id from serving.current_publication)
    and (
        customers.until_publication is null
        or customers.until_publication > (select publication_id from serving.current_publication)
    )
    and publications.valid_until > now()
    and (products.withdrawn_at is null or products.withdrawn_at > current_date)
    and not exists (
        select 1 from ops.suppressions
        where suppressions.person_key = rows.person_key
    )
    and not exists (
        select 1 from identity.customers as today
        inner join ops.suppressions on suppressions.person_key = today.person_key
        where today.customer_id = customers.customer_id
    );

create view serving.eliminations with (security_barrier) as
select
    customers.customer_id,
    product_id,
    rows.rule,
    rows.publication_id
from identity.published_customers as customers
inner join serving.elimination_rows as rows on rows.person_key = customers.person_key
inner join serving.publications on publications.publication_id = rows.publication_id
cross join unnest(rows.product_ids) as product_id
where
    rows.publication_id = (select publication_id from serving.current_publication)
    and customers.since_publication <= (select publication_id from serving.current_publication)
    and (
        customers.until_publication is null
        or customers.until_publication > (select publication_id from serving.current_publication)
    )
    and publications.valid_until > now()
    and not exists (
        select 1 from ops.suppressions
        where suppressions.person_key = rows.person_key
    )
    and not exists (
        select 1 from identity.customers as today
        inner join ops.suppressions on suppressions.person_key = today.person_key
        where today.customer_id = customers.customer_id
    );

-- Attaching and detaching a partition needs the parent's owner.
alter table serving.recommendation_rows owner to publisher;
alter table serving.elimination_rows owner to publisher;
grant create on schema serving to publisher;
grant select, insert, update, delete on all tables in schema serving to publisher;
grant execute on function serving.publish_customers to publisher;
grant select on serving.recommendations, serving.eliminations to downstream;
grant select on serving.publications, serving.current_publication to downstream, engineer;
