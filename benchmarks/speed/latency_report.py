"""What the measurement of latency is judged by, and how it is shown: targets, tables and plots."""

from collections.abc import Sequence

from benchmarks.peers.taggers import SYSTEMS
from benchmarks.speed import plots
from benchmarks.speed.results import RESULTS, Figures, Target, about_machine, markdown, targets_table
from benchmarks.speed.texts import LENGTHS

OURS, THEIRS, ORT = "nerine", "transformers", "optimum fp32"


def judge(figures: Figures) -> list[Target]:
    """The issue's targets."""
    short = figures["latency"]["short"]
    first = figures["first_entity"]
    lengths = {int(n): seconds for n, seconds in figures["growth_seconds"].items()}
    # Below this, what every call costs hides the growth.
    start = 8000
    rates = [seconds / n for n, seconds in lengths.items() if n >= start]
    growth_ratio = max(rates) / rates[0]
    exact = figures["equality"]["with_naive_int8"]
    return [
        ratio("batch 1, ~40 tokens, against transformers", 6, short[THEIRS]["p50_ms"] / short[OURS]["p50_ms"]),
        ratio("batch 1, ~40 tokens, against optimum fp32", 3, short[ORT]["p50_ms"] / short[OURS]["p50_ms"]),
        ratio("process start to first entity, against transformers", 8, first[THEIRS] / first[OURS]),
        Target(
            f"cost a character, {start:,} to {max(lengths):,} characters",
            "grows by at most a quarter",
            f"x {growth_ratio:.2f}",
            growth_ratio <= 1.25,
        ),
        Target("entities equal to the plain reading of the same ONNX file", "all", f"{exact:.1%}", exact == 1),
    ]


def ratio(what: str, goal: float, measured: float) -> Target:
    """A target of being faster."""
    return Target(what, f">= {goal:g} x faster", f"{measured:.1f} x", measured >= goal)


def report(figures: Figures, targets: Sequence[Target]) -> str:
    """The Markdown."""
    about, first, bulk_rates = (
        figures["weights"],
        figures["first_entity"],
        figures["bulk_documents_per_second_per_core"],
    )
    equality = figures["equality"]
    rows = []
    for system in SYSTEMS:
        cells = [
            f"{figures['latency'][name][system]['p50_ms']:.2f} / {figures['latency'][name][system]['p99_ms']:.2f}"
            for name in LENGTHS
        ]
        memory = figures["memory_mb"][system]
        equal = equality["with_fp32_reference"][system]
        rows.append(
            (
                system,
                *cells,
                f"{bulk_rates[system]:.1f}",
                f"{first[system]:.2f}",
                f"{memory['loaded']:.0f} / {memory['after']:.0f}",
                f"{equal:.1%}",
            )
        )
    lengths = [f"~{figures['tokens'][name]:.0f} tokens, p50 / p99 ms" for name in LENGTHS]
    header = [
        "system",
        *lengths,
        "documents a second and core",
        "s to the first entity",
        "MB resident, loaded / after",
        "entities equal to fp32",
    ]
    scripts = markdown(
        ("texts of ~400 tokens, p50 / p99 ms", *SYSTEMS),
        [
            (script, *(f"{row[system]['p50_ms']:.2f} / {row[system]['p99_ms']:.2f}" for system in SYSTEMS))
            for script, row in figures["latency_scripts"].items()
        ],
    )
    peaks = figures["peaks"]["all"]
    shares = "; ".join(
        f"{name} texts {one['of_network']:.0%} of the cores in use "
        f"({one['of_prediction']:.0%} of all cores, over the whole prediction)"
        for name, one in figures["share_of_peak"].items()
    )
    return f"""# Latency

{about_machine(figures["machine"], figures["threads"])}
Weights: recipe `{about["recipe"]}`, seed {about["seed"]}, {about["train_documents"]} sample documents; ours in \
{about["dtype"]}. {figures["rounds"]} rounds, systems in turn.

{markdown(header, rows)}

{scripts}

{targets_table(targets)}

The last column: of the {equality["entities"]} entities that the fp32 network finds in PyTorch and those that a system \
finds beyond them, the share that is equal. The peers' network lacks the word shapes and spaCy's is its own, so theirs \
is no fault; ours is what 8 bits cost. Of ours, {equality["with_naive_int8"]:.2%} are equal to a plain reading of the \
same file.

Peak of large products in onnxruntime on all cores: int8 {peaks["int8"] / 1e9:.0f} billion operations a second, fp32 \
{peaks["fp32"] / 1e9:.0f}. Share of the network's time that its products would take at the peak: {shares}.

![Latency](latency.svg)
![Where the time goes](latency_stages.svg)
![Inside the network](latency_operators.svg)
![Growth with length](latency_growth.svg)
"""


def draw(figures: Figures) -> None:
    """The plots."""
    p50 = {
        f"~{figures['tokens'][name]:.0f} tokens": {system: one["p50_ms"] for system, one in systems.items()}
        for name, systems in figures["latency"].items()
    }
    threads = figures["threads"]
    plots.grouped_bars(RESULTS / "latency.svg", f"One text at a time, {threads} threads: median", "milliseconds", p50)
    lengths = {int(n): seconds for n, seconds in figures["growth_seconds"].items()}
    rows = {
        f"prediction, ~{figures['tokens'][name]:.0f} tokens": one for name, one in figures["stages_seconds"].items()
    }
    plots.stacked(RESULTS / "latency_stages.svg", "Where the time of a prediction goes", rows)
    plots.stacked(RESULTS / "latency_operators.svg", "Inside the network", figures["operators_seconds"])
    plots.growth(RESULTS / "latency_growth.svg", "Time over length", lengths)
