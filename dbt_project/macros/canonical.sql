{# A column of a feed's table with the canonical form of values whose cluster was accepted: the text itself needs
`canonical_join` of the same column. The feed's table is called `feed` there. #}
{% macro canonical(column) -%}
    coalesce({{ column }}_clusters.canonical, feed.{{ column }})
{%- endmacro %}

{% macro canonical_join(table, column) -%}
    left join {{ ref('stg_ops__value_clusters') }} as {{ column }}_clusters
        on {{ column }}_clusters.table_name = '{{ table }}'
        and {{ column }}_clusters.column_name = '{{ column }}'
        and feed.{{ column }} = {{ column }}_clusters.value
{%- endmacro %}

{# The same for a list of values of a column of another table: what a product says of segments is what customers have. #}
{% macro canonical_list(column, table, column_of_values) -%}
    nullif(
        array(
            select coalesce(
                (
                    select trim(clusters.canonical)
                    from {{ ref('stg_ops__value_clusters') }} as clusters
                    where clusters.table_name = '{{ table }}'
                        and clusters.column_name = '{{ column_of_values }}'
                        and clusters.value = trim(code)
                ),
                trim(code)
            )
            from unnest({{ column }}) as code
        ),
        '{}'
    )
{%- endmacro %}
