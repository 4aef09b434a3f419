{# How many bookings a day has, and a hash over all of them that does not depend on their order. #}
{% macro day_fingerprint() -%}
    count(*) as n_rows,
    bit_xor(
        hash_record_extended(
            row(transaction_id, person_key, booked_at, amount, currency, category, merchant), 0
        )
    ) as content_hash
{%- endmacro %}
