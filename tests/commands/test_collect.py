"""`cdp collect` as a process that is killed: what it acknowledged is there."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from cdp_spark.commands.collect import landing_folder, write_keys
from cdp_spark.settings import Settings, SettingsInvalid, load

_PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load(_PROJECT / "conf")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _started(lake: Path, port: int) -> "subprocess.Popen[bytes]":
    line = [sys.executable, "-m", "cdp_spark.commands.main", "collect", "--port", str(port)]
    code = "import sys; from cdp_spark.commands.main import main; main()"
    line = [sys.executable, "-c", code, *line[3:], "--lake", str(lake)]
    environment = os.environ | {"CDP_WRITE_KEY_WEB": "a-key", "CDP_HOME": str(_PROJECT)}
    process = subprocess.Popen(line, cwd=_PROJECT, env=environment, stderr=subprocess.PIPE)  # noqa: S603 - our own
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            requests.get(f"http://127.0.0.1:{port}/health", timeout=1)
        except requests.ConnectionError:
            time.sleep(0.1)
        else:
            return process
    raise TimeoutError


@pytest.mark.cluster
def test_what_was_acknowledged_is_there_after_the_process_is_killed(tmp_path: Path) -> None:
    port = _free_port()
    acknowledged: list[str] = []
    logged = b""
    for round_ in range(2):
        process = _started(tmp_path, port)
        with requests.Session() as session:
            for number in range(200):
                if number == 150:
                    process.send_signal(signal.SIGKILL if round_ == 0 else signal.SIGTERM)
                event = {"messageId": f"{round_}-{number}", "event": "Seen"}
                try:
                    answer = session.post(f"http://127.0.0.1:{port}/v1/track", json=event,
                                          auth=("a-key", ""), timeout=10)  # fmt: skip
                except requests.ConnectionError:
                    break
                if answer.status_code == 200:
                    acknowledged.append(event["messageId"])
        logged = process.communicate()[1]
        assert b"a-key" not in logged
        assert b"listening on" in logged
    assert b"finished 1 files of a stopped process" in logged
    folder = tmp_path / "landing" / "web"
    found = [json.loads(line)["messageId"] for file in folder.glob("*.jsonl")
             for line in file.read_bytes().splitlines()]  # fmt: skip
    assert not [*folder.glob("*.part")]
    assert len(acknowledged) >= 300
    assert set(acknowledged) <= set(found)
    assert len(found) == len(set(found))


def test_keys_that_can_not_be_used_are_refused_all_at_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_keys(**keys: str) -> Settings:
        collector = settings.service.collector.model_copy(update={"write_keys": keys})
        service = settings.service.model_copy(update={"collector": collector})
        return settings.model_copy(update={"service": service})

    monkeypatch.setenv("GIVEN", "secret-word")
    assert write_keys(with_keys(web="${env:GIVEN}")) == {"web": "secret-word"}
    with pytest.raises(SettingsInvalid) as refused:
        write_keys(with_keys(web="${env:GIVEN}", shop="${env:GIVEN}", app="${env:NOT_GIVEN}"))
    for fault in ("shop: no source of format segment", "NOT_GIVEN}: not set", "the same write key"):
        assert fault in str(refused.value)
    assert "secret-word" not in str(refused.value)
    with pytest.raises(SettingsInvalid, match="empty; add"):
        write_keys(with_keys())


def test_a_folder_elsewhere_is_refused(settings: Settings) -> None:
    assert landing_folder(settings, "web").parts[-2:] == ("landing", "web")
    far = settings.project.model_copy(update={"lake": "s3a://bucket/lake"})
    with pytest.raises(SettingsInvalid, match="expected a folder on this machine"):
        landing_folder(settings.model_copy(update={"project": far}), "web")
