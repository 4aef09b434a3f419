{#
    A table, so that all models of a run see the same decisions, and analysed, so that a join with ten million bookings
    is planned as the look-up that it is.
#}
{{ config(materialized='table', unlogged=true, post_hook='{{ analyze_this() }}') }}

select
    table_name,
    column_name,
    value,
    canonical
from {{ source('ops', 'value_clusters') }}
where state = 'accepted'
