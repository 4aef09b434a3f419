-- As before, and always by the customer: `offset 0` keeps PostgreSQL from going through all refusals of a product, which
-- it took for few as long as it had not counted them, and which cost a customer's list a hundred times what it may.
create or replace view serving.refused_products as
select
    keys.customer_id,
    answers.product_id
from identity.keys_of_customers as keys
cross join
    lateral (
        select
            said.product_id,
            said.occurred_at
        from ops.feedback as said
        where said.customer_key = keys.customer_key and said.kind in ('dismissed', 'rejected')
        offset 0 -- noqa: AM09
    ) as answers
inner join serving.publication_products as applied
    on
        applied.publication_id = (select publication_id from serving.current_publication)
        and applied.product_id = answers.product_id
-- A product of a publication always says for how long: its own time or the bank's.
where answers.occurred_at::date + (applied.limits ->> 'cooling_off_days')::integer > current_date;
