{# The mart as the last run left it, none before the first run. A `ref` to a later model would be a cycle. #}
{% macro built_mart(name) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {%- do return(adapter.get_relation(database=target.database, schema='marts', identifier=name)) -%}
    {%- endif -%}
    {%- do return(none) -%}
{%- endmacro %}
