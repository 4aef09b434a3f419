"""Settings of one installation, read once at the edge, and where it keeps its files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from recsys.feed.contract import MAX_COOLING_OFF_DAYS

PROJECT = Path(__file__).resolve().parents[2]


class Settings(BaseSettings):
    """Every setting, with its default. `RECSYS_HOME=/srv/bank` sets `home`, and so on for each."""

    model_config = SettingsConfigDict(env_prefix="RECSYS_", extra="ignore", frozen=True)

    home: Path = Field(default=PROJECT / ".recsys", description="Database, keys, files and logs of this installation.")
    feed: str = Field(
        default="",
        description="Folder or fsspec URL of the feed, or a sources.toml; empty: the sources, else the demo bank.",
    )
    sources: str = Field(
        default="", description="The file that describes the sources; empty: sources.toml in the home."
    )
    database_host: str = Field(default="", description="A PostgreSQL server of your own; empty: the embedded one.")
    database_port: int = Field(default=5432, description="Its port. The embedded server finds a free one.")
    database_name: str = Field(default="recsys", description="Its database.")
    airflow_database: str = Field(default="airflow", description="Airflow's own database on the same server.")
    mlflow_database: str = Field(default="mlflow", description="MLflow's own database on the same server.")
    listen_host: str = Field(default="127.0.0.1", description="Address that Airflow, MLflow and the API listen on.")
    api_port: int = Field(
        default=8000, description="The API's port in the foreground, or beside a PostgreSQL server of your own."
    )
    api_url: str = Field(default="", description="The API's address as its callers reach it; empty: on this machine.")
    api_connections: int = Field(
        default=10,
        ge=2,
        le=100,
        description="Connections to PostgreSQL that the API keeps at most; a fifth of them look lists up.",
    )
    api_person_requests: int = Field(
        default=300, ge=1, description="Requests a minute of one person, or of an address without a token."
    )
    api_system_requests: int = Field(
        default=60_000, ge=1, description="Requests a minute of one system of the bank (scope system)."
    )
    api_body_bytes: int = Field(default=1_000_000, ge=1, description="Bytes that the body of a request may have.")
    api_audience: str = Field(default="recsys", description="What tokens for the API name as their audience.")
    oidc_issuer: str = Field(
        default="", description="The OpenID Connect provider whose tokens count; empty: the embedded one, for a demo."
    )
    oidc_client_id: str = Field(default="recsys", description="What the pages are called at that provider.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Their secret there; empty: the provider knows them as a public client."
    )
    airflow_url: str = Field(default="", description="Airflow elsewhere, as its workers reach it; empty: in the home.")
    airflow_port: int = Field(default=8080, description="Airflow's port beside a PostgreSQL server of your own.")
    mlflow_port: int = Field(default=5000, description="MLflow's port beside a PostgreSQL server of your own.")
    airflow_page: str = Field(
        default="", description="Airflow's address as people reach it, for links; empty: in the home, or no links."
    )
    mlflow_page: str = Field(
        default="", description="MLflow's address as people reach it, for links; empty: in the home, or no links."
    )
    language: str = Field(
        default="en",
        description="Language of reasons, for customers who read in none that there are phrases in.",
    )
    top_n: int = Field(default=5, ge=1, le=100, description="Recommendations per customer.")
    max_bad_row_share: float = Field(
        default=0.05, ge=0, le=1, description="Share of bad rows in a table that stops a run."
    )
    accept_clusters: Literal["none", "fingerprint", "ngram_fingerprint", "nearest_neighbour"] = Field(
        default="fingerprint", description="The laxest method whose value clusters nobody is asked about."
    )
    k_anonymity: int = Field(
        default=5, ge=0, description="Persons who must share country, region, birth year and gender; 0: not enforced."
    )
    max_training_age_days: int = Field(default=7, ge=0, description="Age of a champion at which training is due.")
    valid_days: int = Field(default=7, ge=1, description="Days for which a publication is served.")
    kept_publications: int = Field(default=5, ge=1, description="Publications that stay for a rollback.")
    kept_reports: int = Field(default=30, ge=1, description="Runs whose data-quality report stays.")
    max_mix_shift: float = Field(
        default=0.5, ge=0, le=1, description="Largest change of the product mix (total variation)."
    )
    max_coverage_drop: float = Field(
        default=0.2, ge=0, le=1, description="Largest drop of the share of persons served."
    )
    max_churn: float = Field(
        default=0.9, ge=0, le=1, description="Largest share of persons whose first product changes."
    )
    max_persons_drop: float = Field(
        default=0.5, ge=0, le=1, description="Largest share by which the number of persons falls."
    )
    max_rule_share: float = Field(
        default=0.95, ge=0, le=1, description="Share of persons to whom a rule may refuse a product without a warning."
    )
    promotion_margin: float = Field(
        default=0.01, ge=0, description="NDCG@5 that a champion's recipe may lose on new data."
    )
    candidates: str = Field(
        default="", description="Kinds of models that compete, joined by commas; empty: all. Popularity always does."
    )
    blend_members: str = Field(
        default="ease,inductive,logistic,trees",
        description="Kinds of models that are blended, joined by commas; without trees it scores three times faster.",
    )
    max_slice_loss: float = Field(
        default=0.02, ge=0, description="NDCG@5 that no segment, age band or region may lose for certain."
    )
    min_model_coverage: float = Field(
        default=0.2, ge=0, le=1, description="Least share of the products that a model to be promoted offers."
    )
    max_calibration_error: float = Field(
        default=0.1, ge=0, le=1, description="Largest calibration error, above chance, of a model to be promoted."
    )
    parity_attributes: str = Field(
        default="gender,age_band",
        description="What tells the groups apart between which parity is measured, joined by commas: gender, age_band, "
        "marital_status, segment, region, country, education or employment_status.",
    )
    min_exposure_parity: float | None = Field(
        default=None, ge=0, le=1, description="Least ratio of exposure between groups; empty: reported, not enforced."
    )
    min_precision_parity: float | None = Field(
        default=None, ge=0, le=1, description="Least ratio of precision between groups; empty: reported, not enforced."
    )
    require_approval: bool = Field(
        default=False, description="Whether a model that passes the gate waits for `recsys models approve`."
    )
    match_threshold: float = Field(
        default=0.9999, ge=0.5, le=1, description="Probability at which two customers become one person by themselves."
    )
    review_threshold: float = Field(
        default=0.9, ge=0.01, le=1, description="Probability from which people may look at a pair (recsys duplicates)."
    )
    linkage_memory_mb: int = Field(
        default=4000, ge=200, description="Memory for finding duplicates, in MB; nothing of it goes to disk."
    )
    on_objection: Literal["popular", "nothing"] = Field(
        default="popular",
        description="What whoever objects to profiling or refuses it is offered: what is popular, or nothing.",
    )
    cooling_off_days: int = Field(
        default=90,
        ge=0,
        le=MAX_COOLING_OFF_DAYS,
        description="Days for which a product that a customer disliked is not offered, unless it sets its own.",
    )
    value_weight: float = Field(
        default=0, ge=0, description="How much products of more value to the bank move up after scoring; 0: not at all."
    )
    diversity: float = Field(
        default=0, ge=0, le=1, description="How much a list avoids several products of one category; 0: not at all."
    )
    new_product_share: float = Field(
        default=0, ge=0, le=1, description="Share of those permitted to whom a new product is shown last in the list."
    )
    new_product_days: int = Field(default=90, ge=1, description="Days after its launch for which a product is new.")
    importance_repeats: int = Field(
        default=3,
        ge=0,
        description="How often each feature is permuted to see what it is worth to the challenger; 0: not measured.",
    )
    importance_customers: int = Field(
        default=5_000, ge=1, description="Tested customers of a fold on whom that is measured."
    )
    seed: int = Field(default=7, description="Seed of everything random.")
    training_threads: int = Field(
        default=1, ge=1, description="Threads of a fit; with more than one, trainings with one seed differ."
    )
    max_refit_persons: int = Field(
        default=1_000_000, ge=1, description="Persons that the winner is fitted on: all, or a random sample of so many."
    )
    tuning_trials: int = Field(
        default=8, ge=0, description="Recipes tried per kind of model, the default first; 0: the defaults as they are."
    )
    tuning_seconds: int = Field(
        default=0, ge=0, description="Seconds after which a kind gets no more trials, which differ then; 0: no limit."
    )
    ner: str = Field(
        default="rampart",
        description="Who reads names in texts: rampart, small, an installed spaCy package, or several joined by +.",
    )
    workers: int = Field(default=2, ge=1, description="Processes for text analysis.")

    @property
    def feed_location(self) -> str:
        """Where the feed is: as set, or else what the sources deliver that are described, or else the demo bank."""
        if self.feed:
            return self.feed
        is_described = bool(self.sources) or self.sources_file.exists()
        return str(self.sources_file if is_described else self.home / "feeds" / "demo")

    @property
    def api_address(self) -> str:
        """Where the API is reached, without a slash at the end."""
        return (self.api_url or f"http://127.0.0.1:{self.api_port}").rstrip("/")

    @property
    def sources_file(self) -> Path:
        """The file that describes the sources: as set, or in the home."""
        return Path(self.sources) if self.sources else self.home / "sources.toml"

    @property
    def artifact_root(self) -> Path:
        """MLflow's artifacts: `mlruns/` of the project, or of a home that is not the project's own."""
        is_default_home = self.home.resolve() == (PROJECT / ".recsys").resolve()
        return (PROJECT if is_default_home else self.home) / "mlruns"
