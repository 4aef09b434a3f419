select cast(feature_date as date) as feature_date
from unnest({{ run_dates('feature_dates') }}) as feature_date
