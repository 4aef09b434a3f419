-- What segments are offered, and with what scores: counted with the publication that it is of.
create table serving.score_counts (
    publication_id bigint not null references serving.publications on delete cascade,
    product_id text not null,
    bin smallint not null check (bin > 0),
    score_from double precision not null,
    score_to double precision not null,
    n_rows bigint not null,
    n_first bigint not null check (n_first <= n_rows),
    primary key (publication_id, product_id, bin)
);
comment on table serving.score_counts is 'Recommendations by product and score, in bins of equal width over the scores of the publication.';

create table serving.segment_products (
    publication_id bigint not null references serving.publications on delete cascade,
    segment text,
    product_id text not null,
    n_rows bigint not null,
    n_first bigint not null check (n_first <= n_rows),
    unique nulls not distinct (publication_id, segment, product_id)
);
comment on table serving.segment_products is 'Recommendations by segment and product; no segment where it is not known.';

create view reporting.score_distribution with (security_barrier) as
select
    counts.publication_id,
    past.is_current,
    counts.product_id,
    coalesce(products.product_name, counts.product_id) as product_name,
    counts.bin,
    counts.score_from,
    counts.score_to,
    case when counts.n_rows >= floor.n then counts.n_rows end as n_rows,
    case when counts.n_first = 0 or counts.n_first >= floor.n then counts.n_first end as n_first
from serving.score_counts as counts
inner join serving.past_publications as past on past.publication_id = counts.publication_id
cross join ops.smallest_count as floor
left join serving.products on products.product_id = counts.product_id;
comment on view reporting.score_distribution is
'One row per kept publication, product and bin of scores: twenty bins of equal width from its lowest to its highest score; empty ones are left out.';
comment on column reporting.score_distribution.publication_id is 'Number of the publication.';
comment on column reporting.score_distribution.is_current is 'Whether it is the one that is read now.';
comment on column reporting.score_distribution.product_id is 'The bank''s own id of the product.';
comment on column reporting.score_distribution.product_name is 'Its name.';
comment on column reporting.score_distribution.bin is 'Number of the bin, 1 to 20.';
comment on column reporting.score_distribution.score_from is 'Lowest score of the bin.';
comment on column reporting.score_distribution.score_to is 'Where the next bin begins; the last one holds it too.';
comment on column reporting.score_distribution.n_rows is 'Recommendations of the product with such a score; null: too few to tell.';
comment on column reporting.score_distribution.n_first is 'Those that are first in their list; null: too few to tell.';

-- Where one segment alone would be too small to tell, it could be had by subtraction: the next smallest goes with it.
create view reporting.segments with (security_barrier) as
with lists as (
    select
        products.publication_id,
        products.segment,
        sum(products.n_first)::bigint as n_with_list
    from serving.segment_products as products
    group by products.publication_id, products.segment
),

counted as (
    select
        persons.publication_id,
        persons.segment,
        persons.n_persons,
        coalesce(lists.n_with_list, 0) as n_with_list,
        -- Publications of before this was counted.
        count(lists.publication_id) over (partition by persons.publication_id) > 0 as is_counted
    from serving.publication_segments as persons
    left join lists
        on lists.publication_id = persons.publication_id and lists.segment is not distinct from persons.segment
),

ordered as (
    select
        counted.*,
        floor.n as smallest,
        row_number() over (
            partition by counted.publication_id order by counted.n_persons, counted.segment nulls first
        ) as place,
        count(*) filter (where counted.n_persons < floor.n) over (partition by counted.publication_id) as n_small
    from counted
    cross join ops.smallest_count as floor
),

told as (
    select
        ordered.*,
        ordered.n_persons >= ordered.smallest and (ordered.n_small <> 1 or ordered.place > 2) as is_enough,
        ordered.n_persons - ordered.n_with_list as n_without
    from ordered
),

shown as (
    select
        told.publication_id,
        told.segment,
        case when told.is_enough then told.n_persons end as n_persons,
        case
            when
                told.is_enough and told.is_counted
                and (told.n_without = 0 or told.n_without >= told.smallest)
                and (told.n_with_list = 0 or told.n_with_list >= told.smallest)
                then told.n_with_list
        end as n_with_list
    from told
)

select
    shown.publication_id,
    past.is_current,
    shown.segment,
    shown.n_persons,
    shown.n_with_list,
    shown.n_with_list::double precision / shown.n_persons as with_list_share
from shown
inner join serving.past_publications as past on past.publication_id = shown.publication_id;
comment on view reporting.segments is 'One row per kept publication and segment: how many persons it has, and how many of them have a list.';
comment on column reporting.segments.publication_id is 'Number of the publication.';
comment on column reporting.segments.is_current is 'Whether it is the one that is read now.';
comment on column reporting.segments.segment is 'The bank''s own segment; null: of these persons none is known.';
comment on column reporting.segments.n_persons is 'Persons ranked; null: too few to tell, or another segment could be told from them.';
comment on column reporting.segments.n_with_list is 'Persons with at least one recommendation; null: too few with or without, or not counted yet.';
comment on column reporting.segments.with_list_share is 'Their share of the segment, 0 to 1.';

create view reporting.segment_products with (security_barrier) as
select
    counts.publication_id,
    segments.is_current,
    counts.segment,
    counts.product_id,
    coalesce(products.product_name, counts.product_id) as product_name,
    case when counts.n_rows = 0 or counts.n_rows >= floor.n then counts.n_rows end as n_rows,
    case when counts.n_first = 0 or counts.n_first >= floor.n then counts.n_first end as n_first,
    case
        when counts.n_first = 0 or counts.n_first >= floor.n
            then counts.n_first::double precision / nullif(segments.n_with_list, 0)
    end as first_share
from serving.segment_products as counts
inner join reporting.segments
    on segments.publication_id = counts.publication_id and segments.segment is not distinct from counts.segment
cross join ops.smallest_count as floor
left join serving.products on products.product_id = counts.product_id
where segments.n_persons is not null;
comment on view reporting.segment_products is
'One row per kept publication, segment and product: what the persons of a segment are offered. Segments that are too small are left out.';
comment on column reporting.segment_products.publication_id is 'Number of the publication.';
comment on column reporting.segment_products.is_current is 'Whether it is the one that is read now.';
comment on column reporting.segment_products.segment is 'The bank''s own segment; null: of these persons none is known.';
comment on column reporting.segment_products.product_id is 'The bank''s own id of the product.';
comment on column reporting.segment_products.product_name is 'Its name.';
comment on column reporting.segment_products.n_rows is 'Lists of the segment that it is in; null: too few to tell.';
comment on column reporting.segment_products.n_first is 'Lists of the segment that it is first in; null: too few to tell.';
comment on column reporting.segment_products.first_share is 'Their share of the lists of the segment, 0 to 1; null as well where the number of lists is not told.';

grant select, insert, update, delete on serving.score_counts, serving.segment_products to publisher;
grant select on reporting.score_distribution, reporting.segments, reporting.segment_products to reporting, api;
