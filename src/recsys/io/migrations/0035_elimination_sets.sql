-- Eliminations in one row per person: with 24 products an array of 24 numbers, each the set of rules that refuse the
-- product to this person. What a number stands for is told once per publication.
--
-- What publications of before hold of eliminations goes: it says neither what was unknown nor in which column a product
-- stood. They are served on and can be rolled back to; who asks why not is answered from the next publication on. What
-- was scored and not yet published goes whole, and its run scores again.
drop view serving.eliminations;
drop table serving.elimination_rows;
delete from serving.publications
where state in ('building', 'checked');
do $$
declare
    aside regclass;
begin
    for aside in
        select tables.oid::regclass
        from pg_class as tables
        where
            tables.relnamespace = 'serving'::regnamespace and tables.relkind = 'r' and not tables.relispartition
            and tables.relname ~ '^(elimination|recommendation)_rows_p[0-9]+$'
    loop
        execute format('drop table %s', aside);
    end loop;
end
$$;

create table serving.publication_products (
    publication_id bigint not null references serving.publications on delete cascade,
    position smallint not null,
    product_id text not null,
    limits jsonb not null,
    primary key (publication_id, position),
    unique (publication_id, product_id)
);
comment on table serving.publication_products is 'The catalogue as each publication applied it.';
comment on column serving.publication_products.position is 'From 0: the column of its matrices, and the place in set_ids.';
comment on column serving.publication_products.limits is 'Name, category and every limit that the product sets.';

create table serving.elimination_sets (
    publication_id bigint not null references serving.publications on delete cascade,
    product_id text not null,
    set_id smallint not null check (set_id > 0),
    rules text [] not null check (cardinality(rules) > 0),
    unknown text [] not null check (unknown <@ rules),
    primary key (publication_id, product_id, set_id)
);
comment on table serving.elimination_sets is 'Which rules a number in elimination_rows.set_ids stands for, product by product.';
comment on column serving.elimination_sets.unknown is 'Those among the rules that refuse because the customer''s side is not known.';

create table serving.elimination_rows (
    publication_id bigint not null,
    person_key uuid not null,
    set_ids smallint [] not null,
    primary key (publication_id, person_key)
) partition by list (publication_id);
comment on column serving.elimination_rows.set_ids is 'One number per product, in the order of publication_products; 0 is permitted.';

create table serving.publication_segments (
    publication_id bigint not null references serving.publications on delete cascade,
    segment text,
    n_persons bigint not null,
    unique nulls not distinct (publication_id, segment)
);
comment on table serving.publication_segments is 'How many persons of each segment were ranked; no segment where it is not known.';

create table serving.elimination_counts (
    publication_id bigint not null references serving.publications on delete cascade,
    product_id text not null,
    rule text not null,
    segment text,
    n_refused bigint not null,
    n_unknown bigint not null check (n_unknown <= n_refused),
    unique nulls not distinct (publication_id, product_id, rule, segment)
);
comment on table serving.elimination_counts is 'To how many persons of a segment a rule refused a product; n_unknown of them because something is not known.';

-- As before, but for where the pairs come from.
create view serving.eliminations with (security_barrier) as
select
    customers.customer_id,
    products.product_id,
    refusing.rule,
    refusing.rule = any(sets.unknown) as is_unknown,
    rows.publication_id
from identity.published_customers as customers
inner join serving.elimination_rows as rows on rows.person_key = customers.person_key
inner join serving.publications on publications.publication_id = rows.publication_id
cross join unnest(rows.set_ids) with ordinality as told (set_id, place)
inner join serving.publication_products as products
    on products.publication_id = rows.publication_id and products.position = told.place - 1
inner join serving.elimination_sets as sets
    on
        sets.publication_id = rows.publication_id
        and sets.product_id = products.product_id
        and sets.set_id = told.set_id
cross join unnest(sets.rules) as refusing (rule)
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
        where
            suppressions.customer_key = rows.person_key
            and (suppressions.serves = 'nothing' or suppressions.since >= publications.created_at)
    )
    and not exists (
        select 1 from identity.published_customers as same
        inner join ops.suppressions on suppressions.customer_key = same.customer_key
        where
            same.person_key = rows.person_key
            and same.since_publication <= rows.publication_id
            and (same.until_publication is null or same.until_publication > rows.publication_id)
            and (suppressions.serves = 'nothing' or suppressions.since >= publications.created_at)
    )
    and not exists (
        select 1 from identity.customers as today
        inner join identity.customers as same on same.person_key = today.person_key
        inner join ops.suppressions on suppressions.customer_key = same.customer_key
        where
            today.customer_id = customers.customer_id
            and (
                suppressions.serves = 'nothing'
                or suppressions.since >= publications.created_at
                or suppressions.reason in ('objected', 'consent_withdrawn')
                and not exists (
                    select 1 from identity.published_customers as scored
                    where
                        scored.person_key = rows.person_key
                        and scored.customer_key = suppressions.customer_key
                        and scored.since_publication <= rows.publication_id
                        and (scored.until_publication is null or scored.until_publication > rows.publication_id)
                )
            )
    );

create view ops.eliminations as
select
    counts.publication_id,
    counts.rule,
    counts.product_id,
    counts.segment,
    segments.n_persons,
    counts.n_refused,
    round(counts.n_refused::numeric / nullif(segments.n_persons, 0), 4) as refused_share,
    counts.n_unknown,
    counts.publication_id = (select publication_id from serving.current_publication) as is_current
from serving.elimination_counts as counts
inner join serving.publication_segments as segments
    on segments.publication_id = counts.publication_id and segments.segment is not distinct from counts.segment;
comment on view ops.eliminations is 'What each rule took out of each kept publication, by product and segment: counts, and nobody''s key.';

-- What a product asks for is nothing about anybody; what it is worth to the bank is nobody's business downstream.
create view serving.catalogue as
select
    products.publication_id,
    products.position,
    products.product_id,
    products.limits - 'value' as limits,
    sold.withdrawn_at
from serving.publication_products as products
inner join serving.products as sold on sold.product_id = products.product_id
where products.publication_id = (select publication_id from serving.current_publication);
comment on view serving.catalogue is 'The products of the publication that is read, with the limits that its rules applied.';

alter table serving.elimination_rows owner to publisher;
grant select, insert, update, delete on serving.publication_products, serving.elimination_sets,
serving.publication_segments, serving.elimination_counts to publisher;
grant select on serving.eliminations, serving.catalogue to downstream;
grant select on serving.publication_products to engineer, officer;
grant select on serving.elimination_sets to officer;
grant select on ops.eliminations to engineer, publisher;
