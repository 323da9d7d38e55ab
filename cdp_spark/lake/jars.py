"""The jars the lake and the graph need: resolved once, checked against their hashes, kept locally.

`jars.lock` names each jar by coordinate and SHA-256, and after `!` what Spark already ships.
Spark's own Ivy resolves them, so no other build tool is needed.
"""

import hashlib
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pyspark import SparkConf
from pyspark.java_gateway import launch_gateway

LOCK = "jars.lock"
FOLDER = ".jars"


class JarRefused(Exception):
    """A jar is missing or is not the one that was locked."""


@dataclass(frozen=True)
class Jar:
    """One locked jar."""

    coordinate: str
    sha256: str

    @property
    def file(self) -> str:
        """The name Ivy gives it: group_artifact-version.jar."""
        group, artifact, version = self.coordinate.split(":")
        return f"{group}_{artifact}-{version}.jar"


def locked(lock: Path) -> tuple[list[Jar], list[str]]:
    """The jars of a lock file, and the `group:artifact` patterns left out."""
    lines = [line.strip() for line in lock.read_text().splitlines()]
    entries = [line for line in lines if line and not line.startswith(("#", "!"))]
    excludes = [line[1:] for line in lines if line.startswith("!")]
    return [Jar(*line.split()) for line in entries], excludes


def jar_paths(project: Path) -> list[Path]:
    """Paths of the locked jars.

    Raises:
        JarRefused: one is not there; the message says how to get it.
    """
    jars, _ = locked(project / LOCK)
    paths = [project / FOLDER / jar.file for jar in jars]
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        raise JarRefused(f"{project / FOLDER}: {', '.join(missing)} not found; run `make setup`")
    return paths


def fetch(project: Path) -> list[Path]:
    """Paths of the locked jars, resolved where they are not there yet.

    Raises:
        JarRefused: a jar's hash is not the locked one; nothing is kept of it.
    """
    jars, excludes = locked(project / LOCK)
    folder = project / FOLDER
    folder.mkdir(exist_ok=True)
    if any(not (folder / jar.file).exists() for jar in jars):
        with tempfile.TemporaryDirectory() as ivy:
            _resolve(jars, excludes, ivy)
            for jar in jars:
                _check(jar, Path(ivy) / "jars" / jar.file)
                shutil.copy(Path(ivy) / "jars" / jar.file, folder / jar.file)
    for jar in jars:
        _check(jar, folder / jar.file)
    return [folder / jar.file for jar in jars]


def _resolve(jars: list[Jar], excludes: list[str], ivy: str) -> None:
    conf = SparkConf(loadDefaults=False)
    conf.set("spark.jars.packages", ",".join(jar.coordinate for jar in jars))
    conf.set("spark.jars.excludes", ",".join(excludes))
    conf.set("spark.jars.ivy", ivy)
    launch_gateway(conf).shutdown()  # type: ignore[no-untyped-call]


def _check(jar: Jar, path: Path) -> None:
    if not path.exists():
        raise JarRefused(f"{jar.coordinate}: not resolved; is the package registry reachable?")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != jar.sha256:
        path.unlink()
        raise JarRefused(f"{jar.coordinate}: expected SHA-256 {jar.sha256}, found {found}; removed")


if __name__ == "__main__":
    try:
        paths = fetch(Path.cwd())
    except JarRefused as refused:
        sys.exit(f"jars: {refused}")
    sys.stderr.write(f"jars: {len(paths)} checked in {FOLDER}/\n")
