{# A table that was just filled has no statistics yet, and the next model would be planned blind. #}
{% macro analyze_this() -%}
    {% if model.config.materialized != 'view' %}analyze {{ this }}{% endif %}
{%- endmacro %}
