-- What customers decide here about their data: consents per purpose, objections, restrictions; and what follows of it,
-- at once in what is served and in the next run.
drop view serving.recommendations, serving.eliminations;

alter table ops.suppressions rename to former_suppressions;
create table ops.suppressions (
    customer_key uuid not null,
    reason text not null check (reason in ('erased', 'objected', 'consent_withdrawn', 'restricted', 'rectified')),
    serves text not null check (serves in ('nothing', 'popular')),
    since timestamptz not null default clock_timestamp(),
    request_id bigint,
    primary key (customer_key, reason),
    check (serves = 'nothing' or reason not in ('erased', 'restricted'))
);
insert into ops.suppressions (customer_key, reason, serves, since)
select
    person_key as customer_key,
    reason,
    'nothing' as serves,
    since
from ops.former_suppressions;
drop table ops.former_suppressions;
comment on table ops.suppressions is 'Customers of whom readers see nothing, or nothing that was scored before `since`.';
comment on column ops.suppressions.customer_key is 'Counts for every customer that is the same person, now or in the publication that is read.';
comment on column ops.suppressions.serves is 'nothing: no row at all; popular: what the next scoring finds without a profile.';
grant select on ops.suppressions to transform;

create table ops.consents (
    consent_id bigint generated always as identity primary key,
    customer_key uuid not null,
    purpose text not null check (
        purpose in (
            'profiling', 'marketing', 'marketing_email', 'marketing_push', 'marketing_sms', 'marketing_phone',
            'marketing_post'
        )
    ),
    is_granted boolean not null,
    recorded_at timestamptz not null default clock_timestamp(),
    channel text not null,
    request_id bigint
);
create index on ops.consents (customer_key);
comment on table ops.consents is 'Consents given or withdrawn here, in addition to those of the feed. Rows are only ever added.';
comment on column ops.consents.channel is 'By what way the customer told the bank: branch, app, phone, ...';
grant select on ops.consents to transform;

create table ops.consents_in_doubt (customer_key uuid primary key);
comment on table ops.consents_in_doubt is 'Customers of whom a rejected row may be a refusal: they count as refusing until it is mended.';
grant select, insert, update, delete, truncate on ops.consents_in_doubt to ingest;
grant select on ops.consents_in_doubt to transform;

-- A customer may go from identity while a publication still shows the person: the key stays with the publication.
alter table identity.published_customers add column customer_key uuid;
update identity.published_customers as published set customer_key = customers.customer_key
from identity.customers
where customers.customer_id = published.customer_id;

create or replace function serving.publish_customers(new_publication bigint) returns bigint
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
    insert into identity.published_customers (customer_id, person_key, since_publication, customer_key)
    select customer_id, person_key, new_publication, customer_key from identity.customers
    where
        not exists (
            select 1 from identity.published_customers as published
            where published.customer_id = customers.customer_id and published.until_publication is null
        );
    get diagnostics n_changed = row_count;
    return n_changed;
end
$$;

-- As before, and a suppression of any customer counts for the person: for all customers that are the person today, and
-- for all that were in the publication. Under `popular` only what was scored later is seen: `created_at` is the moment
-- before the first row was read for the scoring, and ops.await_suppressions lets no suppression slip in between.
-- Who is the person only since the publication was not asked about in its scoring: a refusal of theirs hides it all.
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
grant select on serving.recommendations, serving.eliminations to downstream;
