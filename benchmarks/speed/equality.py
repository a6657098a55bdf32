"""Whether entities are equal, and how many are."""

from collections.abc import Sequence

from benchmarks.peers.taggers import Span

Found = Sequence[Sequence[Span]]


def share(one: Found, other: Found) -> float:
    """Of the entities that either found in a text, the share that both found: same bounds, same category."""
    common = either = 0
    for left, right in zip(one, other, strict=True):
        common += len(set(left) & set(right))
        either += len(set(left) | set(right))
    return common / either if either else 1.0
