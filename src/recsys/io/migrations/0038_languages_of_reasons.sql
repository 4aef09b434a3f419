-- Reasons have a number for each language: a row points to those of its person's language.
alter table serving.reasons add column language text not null default 'en';
alter table serving.reasons alter column language drop default;

-- As before, and the language that its reasons are in.
create or replace view serving.recommendations with (security_barrier) as
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
    publications.valid_until,
    (
        select reasons.language
        from serving.reasons
        where reasons.publication_id = rows.publication_id and reasons.reason_id = rows.reason_ids[1]
    ) as language
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
comment on column serving.recommendations.language is 'Language of the reasons, ISO 639-1: the customer''s, or the bank''s own.';
