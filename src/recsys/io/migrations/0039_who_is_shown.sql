-- Whom readers may see has one home, and a consent that is withdrawn hides at once what rests on it.
alter table serving.products add column consent_purpose text;
comment on column serving.products.consent_purpose is 'Without this consent readers do not see it, whatever publication they read.';
update serving.products as sold set consent_purpose = applied.limits ->> 'consent_purpose'
from serving.publication_products as applied
where
    applied.product_id = sold.product_id
    and applied.publication_id = (select max(publication_id) from serving.publication_products);

-- The pointer is read as a scalar subquery: what it selects by is known before the first row is read.
create view identity.current_customers as
select
    customer_id,
    person_key,
    customer_key
from identity.published_customers
where
    since_publication <= (select publication_id from serving.current_publication)
    and (
        until_publication is null
        or until_publication > (select publication_id from serving.current_publication)
    );
comment on view identity.current_customers is 'Who is whom in the publication that is read, by customer_id.';

create view identity.keys_of_customers as
select
    customer_id,
    person_key as customer_key,
    false as is_of_today,
    false as is_new
from identity.current_customers
union all
select
    customers.customer_id,
    same.customer_key,
    false as is_of_today,
    false as is_new
from identity.current_customers as customers
inner join identity.current_customers as same on same.person_key = customers.person_key
union all
select
    customers.customer_id,
    same.customer_key,
    true as is_of_today,
    not exists (
        select 1 from identity.current_customers as scored
        where scored.person_key = customers.person_key and scored.customer_key = same.customer_key
    ) as is_new
from identity.current_customers as customers
inner join identity.customers as today on today.customer_id = customers.customer_id
inner join identity.customers as same on same.person_key = today.person_key;
comment on view identity.keys_of_customers is 'Whose word counts for a customer: the person''s customers in the publication, and those of today.';
comment on column identity.keys_of_customers.is_new is 'The person only since the publication: its scoring did not ask about this customer.';

-- A suppression of any customer counts for the person. Under `popular` only what was scored later is seen: `created_at`
-- is the moment before the first row was read for the scoring, and ops.await_suppressions lets no suppression slip in
-- between. Who is the person only since the publication was not asked about in its scoring: a refusal of theirs hides
-- it all.
create view serving.shown_customers as
select
    customers.customer_id,
    customers.person_key,
    publications.publication_id,
    publications.model_version,
    publications.as_of,
    publications.published_at,
    publications.valid_until
from identity.current_customers as customers
inner join serving.publications
    on publications.publication_id = (select publication_id from serving.current_publication)
where
    publications.valid_until > now()
    and not exists (
        select 1 from identity.keys_of_customers as keys
        inner join ops.suppressions on suppressions.customer_key = keys.customer_key
        where
            keys.customer_id = customers.customer_id
            and (
                suppressions.serves = 'nothing'
                or suppressions.since >= publications.created_at
                or suppressions.reason in ('objected', 'consent_withdrawn') and keys.is_new
            )
    );
comment on view serving.shown_customers is 'Customers of whom readers may see the publication that they read, as it shows them.';

create view ops.consent_decisions as
select
    customer_key,
    purpose,
    is_granted,
    recorded_at
from ops.consents
union all
select
    customer_key,
    lower(trim(purpose)) as purpose,
    is_granted,
    recorded_at
from raw.consents;
comment on view ops.consent_decisions is 'Every consent given or withdrawn, of the feed and of the bank''s desk.';

-- As dbt decides it (int_consents_latest, int_marketing_consents), but of this moment: the last word counts, in a tie
-- the refusal; a refusal of all marketing is one of every channel that was not allowed since. The person of the
-- publication and the person of today are asked apart: after a split nobody's allowance frees the other.
create view serving.refused_purposes as
select
    keys.customer_id,
    about.purpose
from identity.keys_of_customers as keys
inner join ops.consent_decisions as refusals on refusals.customer_key = keys.customer_key
cross join
    unnest(
        case
            when refusals.purpose = 'marketing'
                then array[
                    'marketing', 'marketing_email', 'marketing_push', 'marketing_sms', 'marketing_phone',
                    'marketing_post'
                ]
            else array[refusals.purpose]
        end
    ) as about (purpose)
where
    not refusals.is_granted
    and not exists (
        select 1 from identity.keys_of_customers as same
        inner join ops.consent_decisions as grants on grants.customer_key = same.customer_key
        where
            same.customer_id = keys.customer_id
            and same.is_of_today = keys.is_of_today
            and grants.is_granted
            and grants.purpose in (refusals.purpose, about.purpose)
            and grants.recorded_at > refusals.recorded_at
            and grants.recorded_at <= now()
    );
comment on view serving.refused_purposes is 'What a customer of the publication that is read does not allow now; a purpose may come twice.';

-- As before, in what is seen and in how: a lookup by customer_id is an index scan of each table.
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
    customers.model_version,
    rows.publication_id,
    customers.as_of,
    customers.published_at,
    customers.valid_until,
    (
        select reasons.language
        from serving.reasons
        where reasons.publication_id = rows.publication_id and reasons.reason_id = rows.reason_ids[1]
    ) as language
from serving.shown_customers as customers
inner join serving.recommendation_rows as rows on rows.person_key = customers.person_key
inner join serving.products on products.product_id = rows.product_id
where
    rows.publication_id = (select publication_id from serving.current_publication)
    and (products.withdrawn_at is null or products.withdrawn_at > current_date)
    -- Asked for the few products that need a consent, and for no other row.
    and case
        when products.consent_purpose is null then true
        else not exists (
            select 1 from serving.refused_purposes as refused
            where refused.customer_id = customers.customer_id and refused.purpose = products.consent_purpose
        )
    end;

create or replace view serving.eliminations with (security_barrier) as
select
    customers.customer_id,
    products.product_id,
    refusing.rule,
    refusing.rule = any(sets.unknown) as is_unknown,
    rows.publication_id
from serving.shown_customers as customers
inner join serving.elimination_rows as rows on rows.person_key = customers.person_key
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
    and 'objection' <> all(sets.rules);
