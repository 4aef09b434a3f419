"""A replay on paper: JSON for programs, a picture in the home, and both with the figures in MLflow."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from recsys.evaluation.figures.replay import replay_figure
from recsys.evaluation.replayed import Replayed, pooled
from recsys.io.postgres import open_database
from recsys.io.tracking import open_tracking
from recsys.settings import Settings
from recsys.steps.replay import ReplayResult
from recsys.types import JSON

EXPERIMENT = "replays"
_GAINS = ("hit", "precision", "ndcg")
_PICTURE, _FIGURES = "replay.png", "replay.json"


def report_replay(settings: Settings, result: ReplayResult) -> dict[str, JSON]:
    """Write the picture into the home, log everything to MLflow, and return all of it for programs."""
    request = result.request
    name = f"{request.first}-to-{request.last}-every-{request.every_days}-{request.manner}.png"
    picture = settings.home / "replays" / name
    picture.parent.mkdir(parents=True, exist_ok=True)
    figure = replay_figure(result.days, result.product_names, request.manner, settings.seed)
    figure.savefig(picture)
    report = replay_to_json(result, settings.seed)
    tracking = open_tracking(settings, open_database(settings)).beside(EXPERIMENT)
    tags = {"data_fingerprint": result.feed_fingerprint, "rules_version": result.rules_version}
    with (
        tracking.run(f"replay {request.first} to {request.last}, {request.manner}", tags) as run_id,
        tempfile.TemporaryDirectory() as folder,
    ):
        params = {**asdict(request), "kinds": ", ".join(dict.fromkeys(result.kinds))}
        tracking.log(run_id, params, _metrics(pooled(result.days), settings.seed))
        for name in (*result.days[0].model.means(), "n_openings"):
            tracking.log_curve(run_id, f"by_date_{name}", _curve(result, name))
        figure.savefig(Path(folder) / _PICTURE)
        (Path(folder) / _FIGURES).write_text(json.dumps(report, indent=1))
        tracking.log_files(run_id, Path(folder))
    return {**report, "picture": str(picture), "mlflow_run_id": run_id}


def replay_to_json(result: ReplayResult, seed: int) -> dict[str, JSON]:
    """Every figure: by date, of all dates, and by product."""
    together = pooled(result.days)
    days: list[JSON] = [
        {**_figures(day, seed), "kind": kind} for day, kind in zip(result.days, result.kinds, strict=True)
    ]
    return {
        "from": result.request.first.isoformat(),
        "to": result.request.last.isoformat(),
        "every_days": result.request.every_days,
        "top_n": result.request.top_n,
        "at_every_date": result.request.manner,
        "recipe_chosen_until": None if result.chosen_until is None else result.chosen_until.isoformat(),
        "undated_holdings": result.n_undated,
        "dates": days,
        "all_dates": _figures(together, seed),
        "products": [_product(together, result.product_names, one) for one in _products(together)],
    }


def _figures(day: Replayed, seed: int) -> dict[str, JSON]:
    gains = {f"{metric}_gain": day.gain(metric, seed) for metric in _GAINS}
    return {
        "date": day.fold.origin.isoformat(),
        "until": day.fold.end.isoformat(),
        "persons": day.n_persons,
        "customers_who_took_something": day.n_customers,
        "openings": day.n_openings,
        "openings_permitted": day.n_permitted,
        "openings_by_newcomers": day.n_by_newcomers,
        "model": {"rows": day.model.n_rows, **day.model.means()},
        "popularity": {"rows": day.popularity.n_rows, **day.popularity.means()},
        **{name: None if gain is None else asdict(gain) for name, gain in gains.items()},
    }


def _products(together: Replayed) -> list[str]:
    opened = together.model.n_opened
    seen = {*opened, *(one for one, n_rows in together.model.n_offered.items() if n_rows)}
    return sorted(seen, key=lambda product_id: (-opened.get(product_id, 0), product_id))


def _product(together: Replayed, names: Mapping[str, str], product_id: str) -> JSON:
    model, popularity = together.model, together.popularity
    return {
        "product_id": product_id,
        "product": names.get(product_id, product_id),
        "openings": model.n_opened.get(product_id, 0),
        "offered": model.n_offered.get(product_id, 0),
        "taken_of_offered": model.n_found.get(product_id, 0),
        "offered_by_popularity": popularity.n_offered.get(product_id, 0),
        "taken_of_offered_by_popularity": popularity.n_found.get(product_id, 0),
    }


def _metrics(together: Replayed, seed: int) -> dict[str, float]:
    metrics = together.model.means()
    metrics |= {f"popularity_{name}": value for name, value in together.popularity.means().items()}
    for metric in _GAINS:
        if (gain := together.gain(metric, seed)) is not None:
            metrics |= {f"{metric}_gain": gain.mean, f"{metric}_gain_lower": gain.lower}
            metrics[f"{metric}_gain_upper"] = gain.upper
    return metrics


def _curve(result: ReplayResult, name: str) -> dict[int, float]:
    """By number of the date, from 1: MLflow counts steps."""
    values = [day.n_openings if name == "n_openings" else day.model.means()[name] for day in result.days]
    return dict(enumerate(map(float, values), 1))
