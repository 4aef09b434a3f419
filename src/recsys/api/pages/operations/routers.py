"""All pages of operations."""

from __future__ import annotations

from recsys.api.pages.operations import answers, models, overview, pictures, quality, runs

ROUTERS = (overview.router, answers.router, models.router, runs.router, quality.router, pictures.router)
