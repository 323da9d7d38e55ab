"""What one room implements and another calls is described once, where both can read it."""

import ast
from collections.abc import Iterator
from pathlib import Path

_PROJECT = Path(__file__).parents[1]


def _classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for file in sorted(_PROJECT.glob("cdp_spark/**/*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef):
                yield str(file.relative_to(_PROJECT)), node


def _members(node: ast.ClassDef) -> frozenset[str]:
    functions = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
    fields = {
        one.target.id
        for one in node.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
    return frozenset(functions | fields)


def _is_protocol(node: ast.ClassDef) -> bool:
    return any(isinstance(one, ast.Name) and one.id == "Protocol" for one in node.bases)


def test_a_protocol_is_described_once_and_shares_its_name_with_no_class() -> None:
    classes = list(_classes())
    for file, protocol in classes:
        if _is_protocol(protocol):
            others = [(path, one) for path, one in classes if one is not protocol]
            twice = [
                f"{path}: {one.name}"
                for path, one in others
                if one.name == protocol.name
                or (_is_protocol(one) and _members(one) == _members(protocol))
            ]
            assert not twice, f"{file}: {protocol.name} is also {twice}"
