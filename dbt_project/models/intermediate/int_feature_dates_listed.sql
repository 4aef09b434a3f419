select cast(feature_date as date) as feature_date
from
    unnest(
        array[
            {%- for day in var('feature_dates') %}
                '{{ day }}'{{ ',' if not loop.last }}
            {%- endfor %}
        ]
    ) as feature_date
