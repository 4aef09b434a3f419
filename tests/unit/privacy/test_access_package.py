from __future__ import annotations

from recsys.privacy.access_package import Catalogue, in_words


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
