-- What was published: whom it reached, with what, and what the rules took out.
create view reporting.publication_coverage with (security_barrier) as
with counted as (
    select
        past.*,
        (past.counts ->> 'persons_without')::bigint as n_without,
        (past.counts ->> 'persons_short')::bigint as n_short,
        past.counts #> '{checks,shift}' as shift
    from serving.past_publications as past
)

select
    past.publication_id,
    past.run_id,
    past.is_current,
    past.state = 'published' as is_kept,
    past.model_name,
    past.model_version,
    past.rules_version,
    past.as_of,
    past.published_at,
    past.valid_until,
    past.top_n,
    past.n_persons,
    past.n_persons - past.n_without as n_with_list,
    past.n_without,
    (past.n_persons - past.n_without)::double precision / nullif(past.n_persons, 0) as with_list_share,
    past.n_short - past.n_without as n_short,
    past.n_rows,
    past.n_rows::double precision / nullif(past.n_persons - past.n_without, 0) as mean_length,
    (past.shift ->> 'mix_shift')::double precision as mix_shift,
    (past.shift ->> 'coverage_drop')::double precision as coverage_drop,
    (past.shift ->> 'churn')::double precision as churn
from counted as past;
comment on view reporting.publication_coverage is
'One row per publication: how many persons were ranked, how many have a list, and how far it was from the one that was read before.';
comment on column reporting.publication_coverage.publication_id is 'Number of the publication.';
comment on column reporting.publication_coverage.run_id is 'The run that made it.';
comment on column reporting.publication_coverage.is_current is 'Whether it is the one that is read now.';
comment on column reporting.publication_coverage.is_kept is 'Whether its lists are still there, for a roll back; of others the figures by rule, score and segment are gone.';
comment on column reporting.publication_coverage.model_name is 'Kind of the model.';
comment on column reporting.publication_coverage.model_version is 'Version of the model in MLflow''s registry.';
comment on column reporting.publication_coverage.rules_version is 'Version of the rules of permission.';
comment on column reporting.publication_coverage.as_of is 'Last day of the data.';
comment on column reporting.publication_coverage.published_at is 'When readers saw it first.';
comment on column reporting.publication_coverage.valid_until is 'From then on it is shown to nobody.';
comment on column reporting.publication_coverage.top_n is 'Recommendations that a person gets at most.';
comment on column reporting.publication_coverage.n_persons is 'Persons ranked.';
comment on column reporting.publication_coverage.n_with_list is 'Persons with at least one recommendation.';
comment on column reporting.publication_coverage.n_without is 'Persons without any.';
comment on column reporting.publication_coverage.with_list_share is 'Persons with a list among all ranked: the coverage, 0 to 1.';
comment on column reporting.publication_coverage.n_short is 'Persons with a list of fewer than top_n.';
comment on column reporting.publication_coverage.n_rows is 'Recommendations.';
comment on column reporting.publication_coverage.mean_length is 'Recommendations per person with a list.';
comment on column reporting.publication_coverage.mix_shift is 'Total variation between its product mix and that of the publication read before, 0 to 1; null: there was none.';
comment on column reporting.publication_coverage.coverage_drop is 'By how much the coverage fell since that publication; 0 where it grew.';
comment on column reporting.publication_coverage.churn is 'Share of the persons in both whose first product changed.';

create view reporting.product_mix with (security_barrier) as
with counted as (
    select
        past.publication_id,
        past.previous_publication_id,
        past.is_current,
        past.published_at,
        rows.product_id,
        rows.n::bigint as n_rows,
        coalesce((past.counts -> 'first_by_product' ->> rows.product_id)::bigint, 0) as n_first,
        rows.n::double precision / nullif(sum(rows.n::bigint) over (partition by past.publication_id), 0) as rows_share
    from serving.past_publications as past
    cross join lateral jsonb_each_text(past.counts -> 'rows_by_product') as rows (product_id, n)
),

told as (
    select
        counted.*,
        (counted.n_rows = 0 or counted.n_rows >= floor.n) as is_enough,
        (counted.n_first = 0 or counted.n_first >= floor.n) as is_enough_first,
        sum(counted.n_first) over (partition by counted.publication_id) as n_with_list
    from counted
    cross join ops.smallest_count as floor
),

mixes as (
    select
        counted.publication_id,
        true as is_there
    from counted
    group by counted.publication_id
)

select
    told.publication_id,
    told.is_current,
    told.published_at,
    told.product_id,
    coalesce(products.product_name, told.product_id) as product_name,
    products.category,
    case when told.is_enough then told.n_rows end as n_rows,
    case when told.is_enough then told.rows_share end as rows_share,
    case when told.is_enough_first then told.n_first end as n_first,
    case when told.is_enough_first then told.n_first::double precision / nullif(told.n_with_list, 0) end as first_share,
    told.previous_publication_id,
    case when coalesce(before.is_enough, mixes.is_there) then coalesce(before.rows_share, 0) end as previous_rows_share,
    case
        when told.is_enough and coalesce(before.is_enough, mixes.is_there)
            then told.rows_share - coalesce(before.rows_share, 0)
    end as rows_share_change
from told
left join told as before
    on before.publication_id = told.previous_publication_id and before.product_id = told.product_id
left join mixes on mixes.publication_id = told.previous_publication_id
left join serving.products on products.product_id = told.product_id;
comment on view reporting.product_mix is 'One row per publication and product: how often it is recommended, against the publication before.';
comment on column reporting.product_mix.publication_id is 'Number of the publication.';
comment on column reporting.product_mix.is_current is 'Whether it is the one that is read now.';
comment on column reporting.product_mix.published_at is 'When readers saw it first.';
comment on column reporting.product_mix.product_id is 'The bank''s own id of the product.';
comment on column reporting.product_mix.product_name is 'Its name.';
comment on column reporting.product_mix.category is 'Its category; null: it is not in the catalogue any more.';
comment on column reporting.product_mix.n_rows is 'Lists that it is in; null: too few persons to tell.';
comment on column reporting.product_mix.rows_share is 'Its share of all recommendations, 0 to 1.';
comment on column reporting.product_mix.n_first is 'Lists that it is first in; null: too few persons to tell.';
comment on column reporting.product_mix.first_share is 'Share of the persons with a list for whom it is first.';
comment on column reporting.product_mix.previous_publication_id is 'The publication before; null: there was none.';
comment on column reporting.product_mix.previous_rows_share is 'Its share of the recommendations in that publication; null as well where that were too few.';
comment on column reporting.product_mix.rows_share_change is 'By how much its share of the recommendations changed.';

create view reporting.rules with (security_barrier) as
with counted as (
    select
        past.publication_id,
        past.is_current,
        refused.rule,
        past.n_persons,
        refused.n::bigint as n_refused,
        coalesce((past.counts -> 'unknown_persons_by_rule' ->> refused.rule)::bigint, 0) as n_unknown
    from serving.past_publications as past
    cross join lateral jsonb_each_text(past.counts -> 'refused_persons_by_rule') as refused (rule, n)
),

told as (
    select
        counted.publication_id,
        counted.is_current,
        counted.rule,
        counted.n_persons,
        case when counted.n_refused = 0 or counted.n_refused >= floor.n then counted.n_refused end as n_refused,
        case when counted.n_unknown = 0 or counted.n_unknown >= floor.n then counted.n_unknown end as n_unknown
    from counted
    cross join ops.smallest_count as floor
)

select
    told.publication_id,
    told.is_current,
    told.rule,
    told.n_persons,
    told.n_refused,
    told.n_refused::double precision / nullif(told.n_persons, 0) as refused_share,
    told.n_unknown,
    told.n_unknown::double precision / nullif(told.n_persons, 0) as unknown_share
from told;
comment on view reporting.rules is 'One row per publication and rule: to how many persons it refused at least one product.';
comment on column reporting.rules.publication_id is 'Number of the publication.';
comment on column reporting.rules.is_current is 'Whether it is the one that is read now.';
comment on column reporting.rules.rule is 'Name of the rule; docs/permission.md says what it asks.';
comment on column reporting.rules.n_persons is 'Persons ranked.';
comment on column reporting.rules.n_refused is 'Persons to whom it refused at least one product; null: too few to tell.';
comment on column reporting.rules.refused_share is 'Their share of all persons ranked, 0 to 1.';
comment on column reporting.rules.n_unknown is 'Those among them of whom something was not known; null: too few to tell.';
comment on column reporting.rules.unknown_share is 'Their share of all persons ranked.';

create view reporting.eliminations_by_rule with (security_barrier) as
with counted as (
    select
        counts.publication_id,
        counts.rule,
        counts.product_id,
        sum(counts.n_refused)::bigint as n_refused,
        sum(counts.n_unknown)::bigint as n_unknown
    from serving.elimination_counts as counts
    group by counts.publication_id, counts.rule, counts.product_id
)

select
    counted.publication_id,
    past.is_current,
    counted.rule,
    counted.product_id,
    coalesce(products.product_name, counted.product_id) as product_name,
    past.n_persons,
    case when counted.n_refused = 0 or counted.n_refused >= floor.n then counted.n_refused end as n_refused,
    case
        when counted.n_refused = 0 or counted.n_refused >= floor.n
            then counted.n_refused::double precision / nullif(past.n_persons, 0)
    end as refused_share,
    case when counted.n_unknown = 0 or counted.n_unknown >= floor.n then counted.n_unknown end as n_unknown,
    case
        when
            (counted.n_refused = counted.n_unknown or counted.n_refused - counted.n_unknown >= floor.n)
            and (counted.n_unknown = 0 or counted.n_unknown >= floor.n)
            then counted.n_refused - counted.n_unknown
    end as n_known
from counted
inner join serving.past_publications as past on past.publication_id = counted.publication_id
cross join ops.smallest_count as floor
left join serving.products on products.product_id = counted.product_id;
comment on view reporting.eliminations_by_rule is
'One row per kept publication, rule and product that it refused to anybody. Several rules may refuse one product at once.';
comment on column reporting.eliminations_by_rule.publication_id is 'Number of the publication.';
comment on column reporting.eliminations_by_rule.is_current is 'Whether it is the one that is read now.';
comment on column reporting.eliminations_by_rule.rule is 'Name of the rule; docs/permission.md says what it asks.';
comment on column reporting.eliminations_by_rule.product_id is 'The bank''s own id of the product.';
comment on column reporting.eliminations_by_rule.product_name is 'Its name.';
comment on column reporting.eliminations_by_rule.n_persons is 'Persons ranked.';
comment on column reporting.eliminations_by_rule.n_refused is 'Persons to whom the rule refused the product; null: too few to tell.';
comment on column reporting.eliminations_by_rule.refused_share is 'Their share of all persons ranked, 0 to 1.';
comment on column reporting.eliminations_by_rule.n_unknown is 'Those refused because something about them is not known; null: too few to tell.';
comment on column reporting.eliminations_by_rule.n_known is 'Those refused because of what is known; null: too few to tell.';

grant select on
reporting.publication_coverage, reporting.product_mix, reporting.rules, reporting.eliminations_by_rule
to reporting, api;
