{# The zones are schemas that migrations made: dbt's own `<target>_<schema>` names would lie outside them. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name if custom_schema_name is not none else target.schema }}
{%- endmacro %}
