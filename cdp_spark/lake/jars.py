"""The jars for the lake, the graph and sources: resolved once, checked by hash, kept locally.

`jars.lock` has each jar's coordinate and SHA-256, and excluded patterns after `!`. Groups,
separated by a blank line, are resolved one by one: one may exclude what another names.
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


class JarRejected(Exception):
    """A jar is missing, or its hash is not the locked one."""


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


@dataclass(frozen=True)
class Group:
    """Jars resolved together, and the excluded `group:artifact` patterns."""

    jars: tuple[Jar, ...]
    excludes: tuple[str, ...]


def locked(lock: Path) -> list[Group]:
    """The groups of a lock file."""
    blocks = [
        [line.strip() for line in block.splitlines() if not line.startswith("#")]
        for block in lock.read_text().split("\n\n")
    ]
    return [_group([line for line in block if line]) for block in blocks if any(block)]


def _group(lines: list[str]) -> Group:
    jars = [Jar(*line.split()) for line in lines if not line.startswith("!")]
    return Group(tuple(jars), tuple(line[1:] for line in lines if line.startswith("!")))


def jar_paths(project: Path) -> list[Path]:
    """Paths of the locked jars.

    Raises:
        JarRejected: a jar is missing.
    """
    paths = [project / FOLDER / jar.file for group in locked(project / LOCK) for jar in group.jars]
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        raise JarRejected(f"{project / FOLDER}: {', '.join(missing)} not found; run `make setup`")
    return paths


def fetch(lock: Path, folder: Path) -> list[Path]:
    """Paths of a lock file's jars in a folder; missing ones are resolved.

    Raises:
        JarRejected: a jar's hash is not the locked one; the jar is removed.
    """
    folder.mkdir(exist_ok=True, parents=True)
    groups = locked(lock)
    for group in groups:
        if any(not (folder / jar.file).exists() for jar in group.jars):
            with tempfile.TemporaryDirectory() as ivy:
                _resolve(group, ivy)
                for jar in group.jars:
                    _check(jar, Path(ivy) / "jars" / jar.file)
                    shutil.copy(Path(ivy) / "jars" / jar.file, folder / jar.file)
    jars = [jar for group in groups for jar in group.jars]
    for jar in jars:
        _check(jar, folder / jar.file)
    return [folder / jar.file for jar in jars]


def _resolve(group: Group, ivy: str) -> None:
    conf = SparkConf(loadDefaults=False)
    conf.set("spark.jars.packages", ",".join(jar.coordinate for jar in group.jars))
    conf.set("spark.jars.excludes", ",".join(group.excludes))
    conf.set("spark.jars.ivy", ivy)
    launch_gateway(conf).shutdown()  # type: ignore[no-untyped-call]


def _check(jar: Jar, path: Path) -> None:
    if not path.exists():
        raise JarRejected(
            f"{jar.coordinate}: not resolved; check that the package registry is reachable"
        )
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != jar.sha256:
        path.unlink()
        raise JarRejected(
            f"{jar.coordinate}: expected SHA-256 {jar.sha256}, found {found}; removed"
        )


if __name__ == "__main__":
    try:
        paths = fetch(Path.cwd() / LOCK, Path.cwd() / FOLDER)
    except JarRejected as error:
        sys.exit(f"jars: {error}")
    sys.stderr.write(f"jars: {len(paths)} checked in {FOLDER}/\n")
