-- An answer tells of a list that somebody was shown: who clicks has seen it.
create table ops.feedback_counts (
    publication_id bigint,
    product_id text not null,
    channel text not null,
    kind text not null,
    position smallint,
    n_answers bigint not null,
    n_customers bigint not null,
    rating_sum bigint,
    counted_at timestamptz not null default now(),
    unique nulls not distinct (publication_id, product_id, channel, kind, position)
);
comment on table ops.feedback_counts is 'Answers of customers, counted.';

create table ops.conversion_counts (
    publication_id bigint not null,
    product_id text not null,
    position smallint not null,
    n_shown bigint not null,
    n_clicked bigint not null,
    n_dismissed bigint not null,
    n_applied bigint not null,
    n_accepted bigint not null,
    n_rejected bigint not null,
    counted_at timestamptz not null default now(),
    primary key (publication_id, product_id, position)
);
comment on table ops.conversion_counts is 'Customers who were shown a product at a place of their list, and how many of them did what.';
create index on ops.feedback (publication_id);

-- Answers to older lists come in rarely, and their counts stay as they are.
-- One pass: counting distinct customers instead would sort all answers.
create function ops.count_feedback(unless_since interval) returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    last_counted timestamptz;
    counted bigint [];
begin
    -- Whoever only wants to know when does not wait for whoever counts.
    select max(counted_at) into last_counted from ops.feedback_counts;
    if last_counted > now() - unless_since then
        return last_counted;
    end if;
    perform pg_advisory_xact_lock(491327288250);
    select max(counted_at) into last_counted from ops.feedback_counts;
    if last_counted > now() - unless_since then
        return last_counted;
    end if;
    select array_agg(publications.publication_id) into counted
    from serving.publications
    where publications.published_at >= now() - interval '90 days' or publications.state = 'published';
    delete from ops.feedback_counts
    where feedback_counts.publication_id is null or feedback_counts.publication_id = any(counted);
    delete from ops.conversion_counts
    where conversion_counts.publication_id = any(counted);
    with answered as materialized (
        select
            feedback.publication_id,
            feedback.product_id,
            feedback.position,
            feedback.channel,
            feedback.kind,
            feedback.customer_key,
            count(*) as n_answers,
            sum(feedback.rating) as rating_sum
        from ops.feedback
        where feedback.publication_id is null or feedback.publication_id = any(counted)
        group by
            feedback.publication_id, feedback.product_id, feedback.position, feedback.channel, feedback.kind,
            feedback.customer_key
    ),

    told as (
        insert into ops.feedback_counts (
            publication_id, product_id, channel, kind, position, n_answers, n_customers, rating_sum
        )
        select
            answered.publication_id,
            answered.product_id,
            answered.channel,
            answered.kind,
            answered.position,
            sum(answered.n_answers),
            count(*),
            sum(answered.rating_sum)
        from answered
        group by
            answered.publication_id, answered.product_id, answered.channel, answered.kind, answered.position
    ),

    pairs as (
        select
            answered.publication_id,
            answered.product_id,
            answered.position,
            answered.customer_key,
            bool_or(answered.kind = 'clicked') as is_clicked,
            bool_or(answered.kind = 'dismissed') as is_dismissed,
            bool_or(answered.kind = 'applied') as is_applied,
            bool_or(answered.kind = 'accepted') as is_accepted,
            bool_or(answered.kind = 'rejected') as is_rejected
        from answered
        where answered.publication_id is not null
        group by answered.publication_id, answered.product_id, answered.position, answered.customer_key
    )

    insert into ops.conversion_counts (
        publication_id, product_id, position, n_shown, n_clicked, n_dismissed, n_applied, n_accepted, n_rejected
    )
    select
        pairs.publication_id,
        pairs.product_id,
        pairs.position,
        count(*),
        count(*) filter (where pairs.is_clicked),
        count(*) filter (where pairs.is_dismissed),
        count(*) filter (where pairs.is_applied),
        count(*) filter (where pairs.is_accepted),
        count(*) filter (where pairs.is_rejected)
    from pairs
    group by pairs.publication_id, pairs.product_id, pairs.position;
    return (select max(feedback_counts.counted_at) from ops.feedback_counts);
end
$$;
comment on function ops.count_feedback is
'Count answers to the lists of the last 90 days anew, unless that was done within the time given. Says when it was done; null: there are none.';

create view reporting.feedback with (security_barrier) as
select
    counts.publication_id,
    counts.product_id,
    coalesce(products.product_name, counts.product_id) as product_name,
    counts.channel,
    counts.kind,
    counts.position,
    counts.n_answers,
    counts.n_customers,
    counts.rating_sum::double precision / counts.n_answers as mean_rating,
    counts.counted_at
from ops.feedback_counts as counts
cross join ops.smallest_count as floor
left join serving.products on products.product_id = counts.product_id
where counts.n_customers >= floor.n;
comment on view reporting.feedback is
'One row per publication, product, channel, kind and place in the list: what customers answered. What too few customers answered is left out.';
comment on column reporting.feedback.publication_id is 'The list that was answered; null: none, such as a product that was not recommended.';
comment on column reporting.feedback.product_id is 'The bank''s own id of the product.';
comment on column reporting.feedback.product_name is 'Its name.';
comment on column reporting.feedback.channel is 'app, web, branch, phone or email.';
comment on column reporting.feedback.kind is 'shown, clicked, dismissed, rated, applied, accepted or rejected.';
comment on column reporting.feedback.position is 'The product''s place in the list.';
comment on column reporting.feedback.n_answers is 'Answers.';
comment on column reporting.feedback.n_customers is 'Customers who gave them.';
comment on column reporting.feedback.mean_rating is 'Mean of the ratings, 1 to 5; null but for the kind rated.';
comment on column reporting.feedback.counted_at is 'When this was counted.';

create view reporting.conversion with (security_barrier) as
with counted as (
    select
        counts.publication_id,
        counts.product_id,
        sum(counts.n_shown)::bigint as n_shown,
        sum(counts.n_clicked)::bigint as n_clicked,
        sum(counts.n_dismissed)::bigint as n_dismissed,
        sum(counts.n_applied)::bigint as n_applied,
        sum(counts.n_accepted)::bigint as n_accepted,
        sum(counts.n_rejected)::bigint as n_rejected,
        max(counts.counted_at) as counted_at
    from ops.conversion_counts as counts
    group by counts.publication_id, counts.product_id
),

told as (
    select
        counted.publication_id,
        counted.product_id,
        counted.n_shown,
        case when counted.n_clicked = 0 or counted.n_clicked >= floor.n then counted.n_clicked end as n_clicked,
        case when counted.n_dismissed = 0 or counted.n_dismissed >= floor.n then counted.n_dismissed end as n_dismissed,
        case when counted.n_applied = 0 or counted.n_applied >= floor.n then counted.n_applied end as n_applied,
        case when counted.n_accepted = 0 or counted.n_accepted >= floor.n then counted.n_accepted end as n_accepted,
        case when counted.n_rejected = 0 or counted.n_rejected >= floor.n then counted.n_rejected end as n_rejected,
        counted.counted_at
    from counted
    cross join ops.smallest_count as floor
    where counted.n_shown >= floor.n
),

-- Wilson (1927): 1.959964 standard errors to each side.
measured as (
    select
        told.*,
        told.n_accepted::double precision / told.n_shown as share,
        1.959964 ^ 2 / told.n_shown as widening
    from told
)

select
    told.publication_id,
    past.is_current,
    told.product_id,
    coalesce(products.product_name, told.product_id) as product_name,
    told.n_shown,
    told.n_clicked,
    told.n_dismissed,
    told.n_applied,
    told.n_accepted,
    told.n_rejected,
    told.n_clicked::double precision / told.n_shown as click_share,
    told.share as conversion,
    (told.share + told.widening / 2 - sqrt(told.widening * (told.share * (1 - told.share) + told.widening / 4)))
    / (1 + told.widening) as conversion_lower,
    (told.share + told.widening / 2 + sqrt(told.widening * (told.share * (1 - told.share) + told.widening / 4)))
    / (1 + told.widening) as conversion_upper,
    told.counted_at
from measured as told
inner join serving.past_publications as past on past.publication_id = told.publication_id
left join serving.products on products.product_id = told.product_id;
comment on view reporting.conversion is
'One row per publication and product that enough customers were shown: how many of them did what. Whoever answers in any way was shown it.';
comment on column reporting.conversion.publication_id is 'The list that was answered.';
comment on column reporting.conversion.is_current is 'Whether it is the one that is read now.';
comment on column reporting.conversion.product_id is 'The bank''s own id of the product.';
comment on column reporting.conversion.product_name is 'Its name.';
comment on column reporting.conversion.n_shown is 'Customers who were shown it.';
comment on column reporting.conversion.n_clicked is 'Those who looked at it closer; null: too few to tell.';
comment on column reporting.conversion.n_dismissed is 'Those who did not want it; null: too few to tell.';
comment on column reporting.conversion.n_applied is 'Those who applied for it; null: too few to tell.';
comment on column reporting.conversion.n_accepted is 'Those who took it; null: too few to tell.';
comment on column reporting.conversion.n_rejected is 'Those whom the bank refused it, or who refused it in a conversation; null: too few to tell.';
comment on column reporting.conversion.click_share is 'n_clicked among n_shown, 0 to 1.';
comment on column reporting.conversion.conversion is 'n_accepted among n_shown, 0 to 1.';
comment on column reporting.conversion.conversion_lower is 'Lower end of its 95% interval (Wilson 1927).';
comment on column reporting.conversion.conversion_upper is 'Upper end of its 95% interval.';
comment on column reporting.conversion.counted_at is 'When this was counted.';

create view reporting.conversion_by_position with (security_barrier) as
with counted as (
    select
        counts.publication_id,
        counts.position,
        sum(counts.n_shown)::bigint as n_shown,
        sum(counts.n_clicked)::bigint as n_clicked,
        sum(counts.n_accepted)::bigint as n_accepted,
        max(counts.counted_at) as counted_at
    from ops.conversion_counts as counts
    group by counts.publication_id, counts.position
)

select
    counted.publication_id,
    past.is_current,
    counted.position,
    counted.n_shown,
    case when counted.n_clicked = 0 or counted.n_clicked >= floor.n then counted.n_clicked end as n_clicked,
    case when counted.n_accepted = 0 or counted.n_accepted >= floor.n then counted.n_accepted end as n_accepted,
    counted.counted_at
from counted
inner join serving.past_publications as past on past.publication_id = counted.publication_id
cross join ops.smallest_count as floor
where counted.n_shown >= floor.n;
comment on view reporting.conversion_by_position is 'One row per publication and place in the list: what was shown there, looked at and taken.';
comment on column reporting.conversion_by_position.publication_id is 'The list that was answered.';
comment on column reporting.conversion_by_position.is_current is 'Whether it is the one that is read now.';
comment on column reporting.conversion_by_position.position is 'Place in the list, from 1.';
comment on column reporting.conversion_by_position.n_shown is 'Recommendations that were shown at this place.';
comment on column reporting.conversion_by_position.n_clicked is 'Those that were looked at closer; null: too few to tell.';
comment on column reporting.conversion_by_position.n_accepted is 'Those that were taken; null: too few to tell.';
comment on column reporting.conversion_by_position.counted_at is 'When this was counted.';

revoke execute on function ops.count_feedback from public;
grant execute on function ops.count_feedback to publisher, api;
grant select on reporting.feedback, reporting.conversion, reporting.conversion_by_position to reporting, api;
