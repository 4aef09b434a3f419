# One image for every service of docker-compose.yaml; which one it becomes is said by `recsys serve SERVICE`.
FROM python:3.11-slim-bookworm AS build
# LightFM is built from source.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/recsys
RUN python -m venv .venv
COPY requirements-bootstrap.txt requirements.lock ./
RUN .venv/bin/pip install --no-cache-dir --require-hashes -r requirements-bootstrap.txt \
    && .venv/bin/uv pip sync --no-cache --python .venv/bin/python --require-hashes requirements-bootstrap.txt requirements.lock
COPY pyproject.toml README.md ./
COPY src src
RUN .venv/bin/uv pip install --no-cache --python .venv/bin/python --no-deps --no-build-isolation -e .

FROM python:3.11-slim-bookworm
# What OpenMP code needs to run.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 recsys \
    && install -d -o recsys -g recsys /var/lib/recsys /srv/feeds
WORKDIR /opt/recsys
COPY --from=build /opt/recsys /opt/recsys
COPY dags dags
COPY dbt_project dbt_project
COPY expectations expectations
ENV PATH=/opt/recsys/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    RECSYS_HOME=/var/lib/recsys
USER recsys
VOLUME /var/lib/recsys
ENTRYPOINT ["recsys"]
CMD ["--help"]
