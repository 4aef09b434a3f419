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

-- The pointer is read as a scalar subquery, so that all other partitions are pruned before the first row is read, and
-- a lookup by customer_id is two index scans: identity.customers, then the current partition's primary key.
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
from identity.customers
inner join serving.recommendation_rows as rows on rows.person_key = customers.person_key
inner join serving.publications on publications.publication_id = rows.publication_id
inner join serving.products on products.product_id = rows.product_id
where
    rows.publication_id = (select publication_id from serving.current_publication)
    and publications.valid_until > now()
    and (products.withdrawn_at is null or products.withdrawn_at > current_date)
    and not exists (
        select 1 from ops.suppressions
        where suppressions.person_key = rows.person_key
    );

create view serving.eliminations with (security_barrier) as
select
    customers.customer_id,
    product_id,
    rows.rule,
    rows.publication_id
from identity.customers
inner join serving.elimination_rows as rows on rows.person_key = customers.person_key
cross join unnest(rows.product_ids) as product_id
where
    rows.publication_id = (select publication_id from serving.current_publication)
    and not exists (
        select 1 from ops.suppressions
        where suppressions.person_key = rows.person_key
    );

-- Attaching and detaching a partition needs the parent's owner.
alter table serving.recommendation_rows owner to publisher;
alter table serving.elimination_rows owner to publisher;
grant create on schema serving to publisher;
grant select, insert, update, delete on all tables in schema serving to publisher;
grant select on serving.recommendations, serving.eliminations to downstream;
grant select on serving.publications, serving.current_publication to downstream, engineer;
