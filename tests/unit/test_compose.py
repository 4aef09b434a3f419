"""`docker-compose.yaml` and `Dockerfile` name only what the project has, and no secret has a default."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from recsys.cli.main import app
from recsys.io.secrets import NAMES
from recsys.io.services import SERVICES
from recsys.io.silence import SILENCE
from recsys.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE = yaml.safe_load(TEXT)
OURS = {name: service for name, service in COMPOSE["services"].items() if "build" in service}
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_every_service_of_the_stack_is_there():
    assert set(COMPOSE["services"]) == {"postgres", "migration", *SERVICES}


@pytest.mark.parametrize("name", OURS)
def test_every_command_exists(name):
    words = OURS[name]["command"]
    group = get_command(app)
    if words[0] == "serve":
        assert words[1:] == [name]
        assert name in SERVICES
    for word in words[:1] if words[0] == "serve" else words:
        assert word in group.commands
        group = group.commands[word]


@pytest.mark.parametrize("name", [name for name in COMPOSE["services"] if name != "migration"])
def test_every_lasting_service_has_a_health_check(name):
    test = COMPOSE["services"][name]["healthcheck"]["test"]
    if name != "postgres":
        assert test == ["CMD", "recsys", "healthy", name]
        assert test[2] in get_command(app).commands


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting_a_secret_or_a_switch_against_phoning_home(name):
    known = {f"RECSYS_{field.upper()}" for field in Settings.model_fields}
    known |= {f"RECSYS_SECRET_{secret.upper()}" for secret in NAMES}
    assert set(OURS[name]["environment"]) <= known | set(SILENCE)


def test_every_secret_is_required_and_none_has_a_default():
    environment = OURS["airflow-scheduler"]["environment"]
    for secret in NAMES:
        variable = f"RECSYS_SECRET_{secret.upper()}"
        assert environment[variable] == f"${{{variable}:?see .env.example}}"


def test_nothing_phones_home():
    for service in OURS.values():
        assert {name: service["environment"][name] for name in SILENCE} == SILENCE


def test_the_example_environment_names_every_variable_and_no_value_of_a_secret():
    wanted = set(re.findall(r"\$\{(\w+)", TEXT))
    lines = [line for line in (ROOT / ".env.example").read_text().splitlines() if line and not line.startswith("#")]
    example = dict(line.split("=", 1) for line in lines)
    assert set(example) == wanted
    assert not any(value for name, value in example.items() if "SECRET" in name)


def test_ports_are_published_on_loopback_only():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert len(ports) == 4
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_database_logs_no_row_that_it_refused():
    command = COMPOSE["services"]["postgres"]["command"]
    options = [value for flag, value in pairwise(command) if flag == "-c"]
    assert {"log_error_verbosity=terse", "log_statement=none"} <= set(options)


def test_every_volume_is_declared_and_the_database_keeps_its_data():
    entries = [entry for service in COMPOSE["services"].values() for entry in service["volumes"]]
    assert {entry.split(":")[0] for entry in entries if not entry.startswith("$")} == set(COMPOSE["volumes"])


@pytest.mark.parametrize("line", re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M))
def test_every_copied_path_exists_and_is_let_through(line):
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for path in line.split():
        assert (ROOT / path).exists()
        assert f"!{path}" in ignored


def test_the_home_of_the_image_is_the_volume_of_the_services():
    home = OURS["mlflow"]["environment"]["RECSYS_HOME"]
    assert f"RECSYS_HOME={home}" in DOCKERFILE
    assert f"home:{home}" in OURS["mlflow"]["volumes"]
