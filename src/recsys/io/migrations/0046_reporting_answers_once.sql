-- As before, in what is counted, and in one pass over the answers: counting distinct customers sorted them all, which took
-- most of the time.
create or replace function ops.count_feedback(unless_since interval) returns timestamptz
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    last_counted timestamptz;
    counted bigint [];
begin
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
