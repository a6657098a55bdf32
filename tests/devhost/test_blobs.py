"""How often the host looks for blobs."""

import pytest

from devhost.blobs import pause_after


@pytest.mark.parametrize(
    ("listing", "least", "pause"),
    [
        (0.0, 1.0, 1.0),
        (0.005, 1.0, 1.0),
        (0.02, 1.0, 2.0),
        (0.02, 3.0, 3.0),
        (0.5, 1.0, 5.0),
        (4.0, 1.0, 8.0),
    ],
)
def test_the_pause_grows_with_what_a_scan_costs(listing: float, least: float, pause: float) -> None:
    assert pause_after(listing, least=least) == pytest.approx(pause)
