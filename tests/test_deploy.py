"""What is in `deploy/` and in the Dockerfile: it reads as what it is, and names only what there is."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.api.health import router
from app.api.server import GRACE_S
from app.desk import FINISH_S_MAX
from app.serving.forkserver import KILLED_AFTER_S
from app.settings import Settings

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
SETTINGS = {
    str(field.validation_alias or f"NARANJA_{name.upper()}") for name, field in Settings.model_fields.items()
}
OURS = re.compile(r"\b(?:NARANJA_[A-Z_]+[A-Z]|DATABASE_URL|OSRM_URL)\b")
OF_COMPOSE = {"NARANJA_ADDRESS", "NARANJA_DB_PASSWORD"}
"""What whoever starts the compose file says, and the service never hears."""


def documents(path: Path) -> list[dict[str, Any]]:
    return [one for one in yaml.safe_load_all(path.read_text()) if one is not None]


def by_kind() -> dict[str, dict[str, Any]]:
    return {one["kind"]: one for path in MANIFESTS for one in documents(path)}


def pods() -> Iterator[dict[str, Any]]:
    for kind in ("Deployment", "Job"):
        yield by_kind()[kind]["spec"]["template"]["spec"]


def serving() -> dict[str, Any]:
    pod = by_kind()["Deployment"]["spec"]["template"]["spec"]
    return dict(pod["containers"][0])


def compose() -> dict[str, Any]:
    (found,) = documents(DEPLOY / "compose.yaml")
    return found


@pytest.mark.parametrize(
    "path", [*MANIFESTS, *DEPLOY.glob("*.*"), ROOT / "Dockerfile"], ids=lambda path: path.name
)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    assert set(OURS.findall(path.read_text())) - OF_COMPOSE <= SETTINGS


def test_settings_of_the_manifests_are_taken_by_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    of_compose = {
        name: re.sub(r"\$\{NARANJA_(ADDRESS|DB_PASSWORD):[^}]*}", "naranja.example", value)
        for name, value in compose()["services"]["naranja-1"]["environment"].items()
    }
    for given in (by_kind()["ConfigMap"]["data"], of_compose):
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        settings = Settings()
        assert settings.public_origin == "https://naranja.example"
        assert len(settings.trusted_proxies) == len(json.loads(given["NARANJA_TRUSTED_PROXIES"])) == 1


def test_probes_ask_what_there_is_at_the_port_there_is() -> None:
    paths = {getattr(route, "path", None) for route in router.routes}
    container = serving()
    (port,) = container["ports"]
    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {one["path"] for one in asked.values()} <= paths
    assert (asked["livenessProbe"]["path"], asked["readinessProbe"]["path"]) == ("/healthz", "/readyz")
    assert {one["port"] for one in asked.values()} == {port["name"]} == {"http"}
    docker = (ROOT / "Dockerfile").read_text()
    assert f"NARANJA_PORT={port['containerPort']}" in docker
    assert f"EXPOSE {port['containerPort']}\n" in docker
    assert f"http://127.0.0.1:{port['containerPort']}/healthz" in docker
    assert by_kind()["Service"]["spec"]["ports"][0]["targetPort"] == port["name"]
    (into,) = by_kind()["NetworkPolicy"]["spec"]["ingress"]
    assert [one["port"] for one in into["ports"]] == [port["containerPort"]]
    caddy = (DEPLOY / "Caddyfile").read_text()
    assert f"naranja-1:{port['containerPort']} naranja-2:{port['containerPort']}" in caddy
    assert "health_uri /readyz" in caddy


def test_nobody_is_killed_who_still_saves_what_was_accepted() -> None:
    at_most_s = GRACE_S + FINISH_S_MAX
    drain_s = float(by_kind()["ConfigMap"]["data"]["NARANJA_DRAIN_S"])
    pod = by_kind()["Deployment"]["spec"]["template"]["spec"]
    assert pod["terminationGracePeriodSeconds"] > drain_s + at_most_s
    process = compose()["services"]["naranja-1"]
    assert (
        float(process["stop_grace_period"].removesuffix("s"))
        > float(process["environment"]["NARANJA_DRAIN_S"]) + at_most_s
    )
    assert at_most_s < GRACE_S + KILLED_AFTER_S


def test_a_process_drains_until_whoever_shares_out_the_requests_has_noticed() -> None:
    ready = serving()["readinessProbe"]
    assert (
        float(by_kind()["ConfigMap"]["data"]["NARANJA_DRAIN_S"])
        > ready["periodSeconds"] * ready["failureThreshold"]
    )
    assert float(compose()["services"]["naranja-1"]["environment"]["NARANJA_DRAIN_S"]) >= 2.0


def test_three_processes_on_three_machines_of_which_one_may_go() -> None:
    found = by_kind()
    deployment = found["Deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["replicas"] == 3
    assert found["PodDisruptionBudget"]["spec"]["minAvailable"] == 2
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    spread = deployment["template"]["spec"]["topologySpreadConstraints"]
    assert ("kubernetes.io/hostname", "DoNotSchedule") in {
        (one["topologyKey"], one["whenUnsatisfiable"]) for one in spread
    }
    for selector in (
        deployment["selector"]["matchLabels"],
        found["Service"]["spec"]["selector"],
        found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        *(one["labelSelector"]["matchLabels"] for one in spread),
    ):
        assert selector == labels
    assert found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    processes = [name for name in compose()["services"] if name.startswith("naranja-")]
    assert len(processes) == 3
    assert all(f"{name}:8080" in (DEPLOY / "Caddyfile").read_text() for name in processes)


def test_no_program_of_ours_is_root_or_writes_where_it_has_nothing_to_write() -> None:
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert f"--uid {pod['securityContext']['runAsUser']} " in (ROOT / "Dockerfile").read_text()
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            rights = container["securityContext"]
            assert (rights["readOnlyRootFilesystem"], rights["allowPrivilegeEscalation"]) == (True, False)
            assert rights["capabilities"] == {"drop": ["ALL"]}
            assert {one["name"] for one in container["volumeMounts"]} == {one["name"] for one in pod["volumes"]}
    for name, service in compose()["services"].items():
        if name.startswith(("naranja-", "upgrade")):
            assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert re.search(r"^USER naranja$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_secrets_come_by_reference() -> None:
    (example,) = documents(DEPLOY / "kubernetes" / "secret.example.yaml")
    (kustomization,) = documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    assert "secret.example.yaml" not in kustomization["resources"]
    assert {path.name for path in MANIFESTS} == {
        *kustomization["resources"],
        "secret.example.yaml",
        "kustomization.yaml",
    }
    keys: set[str] = set()
    for pod in pods():
        for container in pod["containers"]:
            for one in container["env"]:
                assert "value" not in one
                keys.add(one["valueFrom"]["secretKeyRef"]["key"])
        keys |= {item["key"] for one in pod["volumes"] if "secret" in one for item in one["secret"]["items"]}
    assert keys == set(example["stringData"])
    mounted = {one["name"]: one["mountPath"] for one in serving()["volumeMounts"]}
    assert by_kind()["ConfigMap"]["data"]["NARANJA_MASTER_KEY_FILE"] == f"{mounted['keys']}/master.key"


def test_the_schema_is_a_job_of_its_own_and_every_image_is_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    job = by_kind()["Job"]["spec"]["template"]["spec"]["containers"][0]
    assert job["args"] == compose()["services"]["upgrade"]["command"] == ["naranja", "db", "upgrade"]
    assert {job["image"], serving()["image"], compose()["services"]["naranja-1"]["image"]} == {
        f"naranja:{version}"
    }
