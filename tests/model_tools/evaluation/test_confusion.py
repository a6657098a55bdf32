"""The token-weighted confusion matrix, against the service's published example and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_tools.evaluation.confusion import NONE, Cell, ConfusionCounter
from model_tools.spans import Label


def matrix_of(text: str, expected: list[Label], predicted: list[Label]) -> dict[str, dict[str, Cell]]:
    counter = ConfusionCounter()
    counter.add(text, expected, predicted)
    return counter.matrix()


def test_the_figures_of_the_service_s_example() -> None:
    """25 of the 29 tokens of 4 labelled addresses are found: 86.206894 % and 3.4482758 in Azure's specification."""
    texts = [10, 10, 5, 4]
    counter = ConfusionCounter()
    for n_tokens in texts:
        text = "x " * n_tokens
        label = Label(0, len(text) - 1, "BorrowerAddress")
        counter.add(text, [label], [] if n_tokens == 4 else [label])
    row = counter.matrix()["BorrowerAddress"]
    assert row["BorrowerAddress"].normalized == pytest.approx(86.206894, rel=1e-6)
    assert row["BorrowerAddress"].raw == pytest.approx(3.4482758, rel=1e-6)
    assert row[NONE].normalized == pytest.approx(13.793103, rel=1e-6)
    assert row[NONE].raw == pytest.approx(0.55172414, rel=1e-6)


def test_by_hand() -> None:
    text = "Ana Li went to Rome, Italy"
    expected = [Label(0, 6, "Name"), Label(15, 19, "City"), Label(21, 26, "Country")]
    predicted = [Label(0, 3, "Name"), Label(15, 26, "City")]
    matrix = matrix_of(text, expected, predicted)
    # "went", "to" and ",": two stretches without a label, one third of whose tokens was called a city.
    assert {
        row: {column: (cell.normalized, cell.raw) for column, cell in cells.items()} for row, cells in matrix.items()
    } == {
        "City": {"City": (100.0, 1.0)},
        "Country": {"City": (100.0, 1.0)},
        "Name": {"Name": (50.0, 0.5), NONE: (50.0, 0.5)},
        NONE: {"City": pytest.approx((100 / 3, 2 / 3)), NONE: pytest.approx((200 / 3, 4 / 3))},
    }
    assert list(matrix)[-1] == NONE


@pytest.mark.parametrize(
    ("text", "n_tokens"), [("東京タワー", 5), ("a-b", 3), ("don't", 3), ("ราคา", 4), ("12,5 %", 4), ("\U0001f600x", 2)]
)
def test_tokens_do_not_depend_on_a_model(text: str, n_tokens: int) -> None:
    matrix = matrix_of(text, [], [Label(0, 1, "X")])
    assert matrix[NONE]["X"].normalized == pytest.approx(100 / n_tokens)


def test_a_text_without_tokens_has_no_rows() -> None:
    assert matrix_of(" \r\n", [], []) == {}


@given(st.text(alphabet="ab, ", max_size=30), st.data())
def test_rows_sum_to_a_hundred(text: str, data: st.DataObject) -> None:
    def labels() -> list[Label]:
        cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
        return [
            Label(start, end, data.draw(st.sampled_from(["X", "Y"])))
            for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        ]

    for row in matrix_of(text, labels(), labels()).values():
        assert sum(cell.normalized for cell in row.values()) == pytest.approx(100)
        assert all(cell.normalized > 0 for cell in row.values())
