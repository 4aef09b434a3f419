{# One spelling of a text: no spaces around it, and nothing instead of an empty text. #}
{% macro tidy(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}

{# The same for values of a vocabulary, where upper and lower case mean the same. #}
{% macro tidy_word(column) -%}
    lower({{ tidy(column) }})
{%- endmacro %}
