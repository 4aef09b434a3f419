from __future__ import annotations

from recsys.privacy.access_package import Catalogue, in_words, without_others
from recsys.privacy.places import PLACE_BY_NAME


def test_row_of_eliminations_says_by_product_why_it_was_not_offered() -> None:
    catalogue = Catalogue(
        products={"loan": "Loan"},
        columns={7: ["card", "fund", "loan"]},
        refusals={(7, "loan", 2): ["The customer's income is not known."], (7, "card", 1): ["The customer holds it."]},
    )
    said = in_words({"publication_id": 7, "set_ids": [1, 0, 2]}, catalogue)
    assert said["not_offered"] == {
        "card": ["The customer holds it."],
        "Loan": ["The customer's income is not known."],
    }


def test_entry_that_names_many_customers_is_told_to_one_of_them_without_the_others() -> None:
    own, other = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
    rows = [
        {"action": "list_as_advisor", "subject": f"{other} {own} {other}"},
        {"action": "x", "subject": f"run {own}"},
    ]
    log, lists = PLACE_BY_NAME["ops.audit_log"], PLACE_BY_NAME["serving.recommendation_rows"]
    assert [row["subject"] for row in without_others(log, rows, {own})] == [own, f"run {own}"]
    assert without_others(lists, [{"person_key": other}], {own}) == [{"person_key": other}]
