{# The values that a run passes, as SQL literals. #}
{% macro run_text(name) -%}
    '{{ var(name) | string | replace("'", "''") }}'
{%- endmacro %}

{% macro run_date(name) -%}
    cast({{ run_text(name) }} as date)
{%- endmacro %}

{# The day from which a fact counts as known. A snapshot shows everything at one moment, so there all facts but what is
held out were known two days before `as_of`, the first of the days whose features are evaluated. #}
{% macro known_date(column) -%}
    {%- if var('history') == 'snapshot' -%}
        least({{ column }}, {{ run_date('as_of') }} - 2)
    {%- else -%}
        {{ column }}
    {%- endif -%}
{%- endmacro %}

{% macro run_dates(name) -%}
    array[{% for day in var(name) %}'{{ day }}'{{ ', ' if not loop.last }}{% endfor %}]
{%- endmacro %}
