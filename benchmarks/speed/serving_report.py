"""What the measurement of serving is judged by, and how it is shown: targets, tables and plots."""

from collections.abc import Mapping, Sequence

from benchmarks.speed import plots
from benchmarks.speed.results import RESULTS, Figures, Target, about_machine, markdown, targets_table

CLIENTS = (1, 4, 16)
IN_PROCESS, SYNC, JOB = "nerine in process", "nerine, synchronous route", "nerine, SDK job"


def judge(figures: Figures) -> list[Target]:
    """The issue's targets."""
    p50 = {name: one["p50_ms"] for name, one in figures["latency"].items()}
    memory = figures["memory_mb"]["api with one model"]
    extra = p50[SYNC] - p50[IN_PROCESS]
    shares = {
        what: figures[key][SYNC][CLIENTS[-1]]["per_second"] / figures[key][IN_PROCESS][CLIENTS[-1]]["per_second"]
        for what, key in (("~40 tokens", "throughput"), ("~400 tokens", "throughput_medium"))
    }
    return [
        Target("synchronous route over the predictor, p50", "<= 3 ms more", f"{extra:.2f} ms", extra <= 3),
        Target("unmodified Python SDK (two round trips), p50", "<= 15 ms", f"{p50[JOB]:.2f} ms", p50[JOB] <= 15),
        *(
            Target(
                f"{CLIENTS[-1]} clients, {what}: share of the throughput of {CLIENTS[-1]} threads in process",
                ">= 70 %",
                f"{share:.0%}",
                share >= 0.7,
            )
            for what, share in shares.items()
        ),
        Target("resident memory of an api process with one model", "<= 300 MB", f"{memory:.0f} MB", memory <= 300),
    ]


def report(figures: Figures, targets: Sequence[Target]) -> str:
    """The Markdown."""
    one = markdown(
        ("one client, ~40 tokens", "p50 ms", "p99 ms", "calls"),
        [
            (name, *(f"{row[key]:.2f}" for key in ("p50_ms", "p99_ms")), row["calls"])
            for name, row in figures["latency"].items()
        ],
    )
    scripts = markdown(
        ("one client of the synchronous route, ~400 tokens", "p50 ms", "p99 ms", "calls"),
        [
            (script, *(f"{row[key]:.2f}" for key in ("p50_ms", "p99_ms")), row["calls"])
            for script, row in figures["latency_scripts"].items()
        ],
    )
    many = "\n\n".join(
        markdown(
            (what, *(f"{n} clients: a second (p50 / p99 ms)" for n in CLIENTS)),
            [(name, *(_cell(row[n]) for n in CLIENTS)) for name, row in figures[key].items()],
        )
        for what, key in (("~40 tokens", "throughput"), ("~400 tokens", "throughput_medium"))
    )
    most = CLIENTS[-1]
    cpu = markdown(
        (f"processor time of a document, {most} clients, ~40 tokens", "server ms", "clients ms"),
        [
            (name, f"{row[most]['server_cpu_ms']:.2f}", f"{row[most].get('client_cpu_ms', 0):.2f}")
            for name, row in figures["throughput"].items()
        ],
    )
    memory = markdown(("process", "MB resident"), [(name, f"{mb:.0f}") for name, mb in figures["memory_mb"].items()])
    timing = markdown(
        ("stage of the synchronous route", "ms"), [(k, f"{v:.2f}") for k, v in figures["server_timing_ms"].items()]
    )
    return f"""# Serving

{about_machine(figures["machine"], figures["threads"])}
Local stack as `make run` starts it; peers behind a minimal uvicorn app; closed-loop clients in a process of their own \
on the same cores, one document a request. {figures["rounds"]} rounds, systems in turn, medians.

{targets_table(targets)}

{one}

{scripts}

{many}

{cpu}

{memory}

{timing}

![Throughput](serving.svg)
![Latency of one client](serving_latency.svg)
"""


def _cell(row: Mapping[str, float]) -> str:
    rate = f"{row['per_second']:.0f}"
    if "p50_ms" not in row:
        return rate
    refused = f", {row['refused']:.0f} refused" if row["refused"] else ""
    return f"{rate} ({row['p50_ms']:.1f} / {row['p99_ms']:.1f}{refused})"


def draw(figures: Figures) -> None:
    """The plots."""
    rates = {
        name: {int(n): row["per_second"] for n, row in by_clients.items()}
        for name, by_clients in figures["throughput"].items()
    }
    plots.lines(RESULTS / "serving.svg", "Documents of ~40 tokens, one a request", "documents a second", rates)
    p50 = {name: row["p50_ms"] for name, row in figures["latency"].items()}
    plots.bars(RESULTS / "serving_latency.svg", "One document of ~40 tokens, one client: median", "milliseconds", p50)
