{# Of a row's own columns those that feeds declare as features, by `table.column`; nothing else of them goes further. In
pieces, because a function of PostgreSQL takes a hundred arguments. The feed's table is called `feed` there. #}
{% macro declared_features(table) -%}
    {%- set names = var('declared_features')[table] -%}
    {%- if names -%}
        nullif(
            {%- for some in names | batch(50) %}
            jsonb_strip_nulls(
                jsonb_build_object(
                    {%- for name in some %}
                    {%- set quoted = name | replace("'", "''") %}
                    '{{ table }}.{{ quoted }}', feed.extras -> '{{ quoted }}'{{ ',' if not loop.last }}
                    {%- endfor %}
                )
            ){{ ' ||' if not loop.last }}
            {%- endfor %},
            '{}'
        )
    {%- else -%}
        cast(null as jsonb)
    {%- endif -%}
{%- endmacro %}
