"""Plots as small SVG files that are the same, byte for byte, for the same figures."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.hashsalt": "nerine",
        "svg.fonttype": "none",
        "font.family": "sans-serif",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
    }
)
from matplotlib import pyplot as plt  # noqa: E402 - reads its settings when imported

_OURS = ("#0b7285", "#1098ad", "#66d9e8", "#1864ab")
_OTHERS = {"transformers": "#e8590c", "optimum fp32": "#f59f00", "optimum int8": "#ffe066", "spacy": "#adb5bd"}
_STAGES = ("#0b7285", "#66c2d0", "#f2a65a", "#c0504d", "#8064a2", "#9bbb59", "#adb5bd", "#5c7cfa", "#e599f7")
_REST = "everything else"
_EDGES: dict[str, Any] = {"edgecolor": "#495057", "linewidth": 0.4}


def colours(systems: Sequence[str]) -> dict[str, str]:
    """Ours in shades of one colour; a peer has the same one in every plot, whatever it is behind."""
    ours = [system for system in systems if system.startswith("nerine")]
    return {
        system: _OURS[ours.index(system) % len(_OURS)] if system in ours else _OTHERS[system.split(",")[0]]
        for system in systems
    }


def grouped_bars(path: Path, title: str, unit: str, figures: Mapping[str, Mapping[str, float]]) -> None:
    """One group of bars for each key, one bar for each system, on a logarithmic axis with the values written above."""
    groups = list(figures)
    systems = list(dict.fromkeys(system for group in figures.values() for system in group))
    fills = colours(systems)
    width = 0.84 / len(systems)
    with _figure(path, title) as axes:
        for i, system in enumerate(systems):
            at = [
                j + (i - (len(systems) - 1) / 2) * width for j, group in enumerate(groups) if system in figures[group]
            ]
            values = [figures[group][system] for group in groups if system in figures[group]]
            bars = axes.bar(at, values, width * 0.92, label=system, color=fills[system], **_EDGES)
            axes.bar_label(bars, fmt=_number, fontsize=7)
        axes.set_yscale("log")
        axes.set_ylabel(unit)
        axes.set_xticks(range(len(groups)), groups)
        axes.legend(fontsize=8)


def bars(path: Path, title: str, unit: str, figures: Mapping[str, float]) -> None:
    """One horizontal bar for each system, from the top."""
    fills = colours(list(figures))
    names = list(reversed(list(figures)))
    with _figure(path, title, height=0.9 + 0.34 * len(names)) as axes:
        drawn = axes.barh(names, [figures[name] for name in names], color=[fills[name] for name in names], **_EDGES)
        axes.bar_label(drawn, fmt=_number, fontsize=8, padding=3)
        axes.set_xlabel(unit)


def stacked(path: Path, title: str, rows: Mapping[str, Mapping[str, float]]) -> None:
    """One bar of parts for each row, as shares of its whole, which is written beside its name in milliseconds."""
    rows = _with_rest(rows)
    parts = list(dict.fromkeys(part for row in rows.values() for part in row))
    with _figure(path, title, height=0.9 + 0.55 * len(rows)) as axes:
        for i, row in enumerate(reversed(list(rows.values()))):
            total, left = sum(row.values()), 0.0
            for part, value in row.items():
                share = 100 * value / total
                axes.barh(i, share, 0.62, left, color=_STAGES[parts.index(part) % len(_STAGES)], label=part)
                if share >= 6:
                    axes.text(left + share / 2, i, f"{share:.0f}", ha="center", va="center", fontsize=8)
                left += share
            axes.text(101, i, f"{1000 * total:.2f} ms", va="center", fontsize=8)
        axes.set_yticks(range(len(rows)), list(reversed(list(rows))))
        axes.set_xlim(0, 114)
        axes.set_xticks(range(0, 101, 20))
        axes.set_xlabel("per cent of the time")
        axes.legend(*_legend(axes), ncols=4, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1.0))


def growth(path: Path, title: str, seconds: Mapping[int, float]) -> None:
    """Time over length, both logarithmic, with the straight line that a linear cost is."""
    lengths, values = list(seconds), list(seconds.values())
    rate = values[-1] / lengths[-1]
    with _figure(path, title) as axes:
        axes.plot(lengths, [rate * length for length in lengths], color="#adb5bd", label="linear")
        axes.plot(lengths, values, "o-", color=_OURS[0], label="nerine")
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xticks(lengths, [f"{length:,}" for length in lengths], rotation=30)
        axes.set_xlabel("characters of one text")
        axes.set_ylabel("seconds")
        axes.legend()


def lines(path: Path, title: str, unit: str, figures: Mapping[str, Mapping[int, float]]) -> None:
    """A line for each system over the number of clients, both axes logarithmic."""
    fills = colours(list(figures))
    clients = list(next(iter(figures.values())))
    with _figure(path, title) as axes:
        for system, values in figures.items():
            axes.plot(list(values), list(values.values()), "o-", label=system, color=fills[system])
        axes.set_xscale("log", base=2)
        axes.set_xticks(clients, [str(n) for n in clients])
        axes.set_yscale("log")
        axes.set_xlabel("clients at once")
        axes.set_ylabel(unit)
        axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _with_rest(rows: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """The parts that are largest in all rows together, as many as there are colours; what is left is one part."""
    total: dict[str, float] = {}
    for row in rows.values():
        for part, value in row.items():
            total[part] = total.get(part, 0.0) + value / sum(row.values())
    if len(total) <= len(_STAGES):
        return {name: dict(row) for name, row in rows.items()}
    kept = sorted(total, key=lambda part: -total[part])[: len(_STAGES) - 1]
    return {
        name: {
            **{part: row[part] for part in kept if part in row},
            _REST: sum(value for part, value in row.items() if part not in kept),
        }
        for name, row in rows.items()
    }


def _legend(axes: Any) -> tuple[list[Any], list[str]]:  # noqa: ANN401 - matplotlib's own types are loose
    handles, labels = axes.get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    return list(unique.values()), list(unique)


@contextmanager
def _figure(path: Path, title: str, *, height: float = 3.6) -> Iterator[Any]:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure, axes = plt.subplots(figsize=(8, height), layout="constrained")
    yield axes
    figure.suptitle(title, fontsize=11)
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
