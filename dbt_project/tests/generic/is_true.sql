{# No row for which `expression` is false; unknown passes. #}
{% test is_true(model, expression) %}
select 1 as violation
from {{ model }}
where not ({{ expression }})
{% endtest %}
