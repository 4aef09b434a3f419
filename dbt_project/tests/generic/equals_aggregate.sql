{# An accounting identity: `expression` over this model equals `to_expression` over `to`, in total or within each
group. A group that one side lacks counts as 0 there. #}
{% test equals_aggregate(model, expression, to, to_expression, group_by=[], of_linked_customers=false) %}
{%- set keys = group_by + ['one_group'] -%}
{%- set linked = 'customer_key in (select customer_key from ' ~ ref('stg_feed__customer_links') ~ ')' -%}
with here as (
    select
        {{ (group_by + ['1 as one_group']) | join(', ') }},
        {{ expression }} as total
    from {{ model }}
    group by {{ keys | join(', ') }}
),

there as (
    select
        {{ (group_by + ['1 as one_group']) | join(', ') }},
        {{ to_expression }} as total
    from {{ to }}
    where {{ linked if of_linked_customers else 'true' }}
    group by {{ keys | join(', ') }}
)

select
    here.total as total_here,
    there.total as total_there
from here
full outer join there
    on
    {% for key in keys -%}
        here.{{ key }} = there.{{ key }}{{ ' and' if not loop.last }}
    {% endfor -%}
where coalesce(here.total, 0) <> coalesce(there.total, 0)
{% endtest %}
