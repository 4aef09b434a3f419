-- Figures for whoever looks at how it goes: the page of operations and the bank's BI tools read the same views. Counts
-- and shares, of nobody's key: what could be one person is left out.
--
-- Nothing here goes through the rows of customers when it is asked. What is not counted while scoring is counted once,
-- when a publication is made, and what customers answer when ops.count_feedback is called.

-- As few persons as k-anonymity asks for elsewhere, and never fewer than five: whoever reads figures sees no customer.
create view ops.smallest_count as
with latest as (
    select reports.k
    from ops.anonymity_reports as reports
    order by reports.measured_at desc
    limit 1
)

select greatest(5, max(latest.k)) as n from latest;
comment on view ops.smallest_count is 'Counts of persons below this, but for none at all, are in no figure that is broken down.';

create view serving.past_publications as
select
    publications.*,
    publications.publication_id = (
        select current_publication.publication_id from serving.current_publication
    ) as is_current,
    lag(publications.publication_id) over (order by publications.publication_id) as previous_publication_id
from serving.publications
where publications.state in ('published', 'retired');
comment on view serving.past_publications is 'Whatever was published, with the publication before it.';

create schema reporting;
comment on schema reporting is 'Figures for the page of operations and for BI tools: of no customer.';

grant usage on schema reporting to reporting, api;
