"""The pages of customers."""

from __future__ import annotations

from recsys.api.pages.customer import answering, own_copy, own_list, privacy, questions, why

ROUTERS = (
    own_list.router,
    answering.router,
    why.router,
    privacy.router,
    own_copy.router,
    questions.router,
)
