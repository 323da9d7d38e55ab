from itertools import permutations

from cdp_spark.identity.evidence.paths import Edge, strongest_path


def edges(*texts: str) -> list[Edge]:
    """Each edge is a text such as "a b 3": its ends and weight."""
    return [
        {"left_key": left, "right_key": right, "weight": float(weight)}
        for left, right, weight in (one.split() for one in texts)
    ]


def ends(path: list[Edge]) -> list[str]:
    return [edge["left_key"] + edge["right_key"] for edge in path]


def test_the_path_with_the_stronger_weakest_edge_is_taken() -> None:
    known = edges("a b 9", "b d 1", "a c 4", "c d 3")
    for order in permutations(known):
        assert ends(strongest_path(order, "a", "d")) == ["ac", "cd"]


def test_of_equally_strong_paths_the_shorter_is_taken() -> None:
    known = edges("a b 2", "b d 2", "a d 2")
    assert ends(strongest_path(known, "d", "a")) == ["ad"]


def test_of_several_edges_of_a_pair_the_strongest_is_taken() -> None:
    known = [*edges("a b 2"), *edges("a b 5"), *edges("a b 3")]
    assert [edge["weight"] for edge in strongest_path(known, "a", "b")] == [5.0]


def test_without_a_path_the_result_is_empty() -> None:
    assert strongest_path(edges("a b 2", "c d 2"), "a", "d") == []
    assert strongest_path([], "a", "a") == []
