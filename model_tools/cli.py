"""The command line: train, evaluate, compare, predict, export, check-labels, learning-curve, convert."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import msgspec

from model_tools.artifact import refuse_to_overwrite
from model_tools.bundle import export_zip
from model_tools.documents import SPLITS, Document, read_jsonl
from model_tools.errors import InvalidInputError, NerError
from model_tools.evaluation.compare import compare
from model_tools.evaluation.presentation import comparison_lines, report_lines, report_record
from model_tools.evaluation.report import EvaluationReport, evaluate
from model_tools.formats import convert
from model_tools.inference.predictor import Predictor
from model_tools.progress import BarProgress, JsonProgress, Progress, silent
from model_tools.quality import check_labels, learning_curve_command
from model_tools.spans import Entity

USER_ERROR = 2
"""Exit code for what the caller can put right; argparse has the same."""
_TERMINATED = 128 + signal.SIGTERM
_INTERRUPTED = 128 + signal.SIGINT
_READER_GONE = 128 + 13  # SIGPIPE, a name that Windows lacks


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0, or 2 with one line on stderr.

    SIGTERM ends it at once with 143, and what it was writing is removed.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminate)
    if getattr(options, "stop_with_stdin", False):
        threading.Thread(target=_stop_with_stdin, daemon=True).start()
    try:
        options.run(options)
    except NerError as error:
        return _refuse(options, error.code, error.message)
    except UnicodeDecodeError:
        return _refuse(options, InvalidInputError.code, "The input is not UTF-8 text.")
    except BrokenPipeError:
        # The reader has seen enough (`| head`). What is still buffered must not fail again at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return _INTERRUPTED
    except OSError as error:
        # A missing file, no permission, a full disk: the caller's to mend, and nothing half-written stays.
        where = f"{error.filename}: " if error.filename else ""
        return _refuse(options, InvalidInputError.code, f"{where}{error.strerror or error}.")
    return 0


def _refuse(options: argparse.Namespace, code: str, message: str) -> int:
    if _wants_json(options):
        _print_json({"error": {"code": code, "message": message}})
    print(f"error: {message}", file=sys.stderr)
    return USER_ERROR


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    # An exception, not a bare exit: drafts and scratch folders are removed on its way out.
    raise SystemExit(_TERMINATED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="model_tools", description="Custom named entity recognition.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="fine-tune a model on labelled documents")
    train.add_argument("data", type=Path, metavar="DATA.jsonl")
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="the model folder to write")
    train.add_argument("--recipe", default="default", metavar="NAME", help="a recipe's name or .toml file")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--categories", type=_names, metavar="A,B", help="default: all that are labelled")
    train.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: a GPU if any")
    train.add_argument("--threads", type=int, help="default: one a core")
    train.add_argument("--checkpoint", type=Path, metavar="FILE", help="keep the state here, and go on from it")
    train.add_argument("--progress", choices=("auto", "json", "none"), default="auto")
    train.set_defaults(run=_train)

    score = commands.add_parser("evaluate", help="score a model on labelled documents")
    score.add_argument("model", type=Path, metavar="DIR")
    score.add_argument("data", type=Path, metavar="DATA.jsonl")
    score.add_argument("--split", choices=(*SPLITS, "all"), default="test")
    score.add_argument("--json", action="store_true")
    score.set_defaults(run=_evaluate)

    contest = commands.add_parser("compare", help="say which of two models is better, if the documents can tell")
    contest.add_argument("model_a", type=Path, metavar="DIR_A")
    contest.add_argument("model_b", type=Path, metavar="DIR_B")
    contest.add_argument("data", type=Path, metavar="DATA.jsonl")
    contest.add_argument("--split", choices=(*SPLITS, "all"), default="test")
    contest.add_argument("--seed", type=int, default=0)
    contest.add_argument("--json", action="store_true")
    contest.set_defaults(run=_compare)

    predict = commands.add_parser("predict", help="find the entities of a text")
    predict.add_argument("model", type=Path, metavar="DIR")
    source = predict.add_mutually_exclusive_group()
    source.add_argument("--text", help="default: standard input")
    source.add_argument("--file", type=Path, metavar="F", help="a UTF-8 text file")
    predict.add_argument("--json", action="store_true")
    predict.set_defaults(run=_predict)

    export = commands.add_parser("export", help="pack a model for use without this code base")
    export.add_argument("model", type=Path, metavar="DIR")
    export.add_argument("out", type=Path, metavar="OUT.zip")
    export.set_defaults(run=_export)

    checks = commands.add_parser("check-labels", help="find labels that are likely wrong or missing")
    check_labels.add_arguments(checks)
    checks.set_defaults(run=check_labels.run)

    curve = commands.add_parser("learning-curve", help="say what more labels would be worth")
    learning_curve_command.add_arguments(curve)
    curve.set_defaults(run=learning_curve_command.run)

    for long_run in (train, checks, curve):
        long_run.add_argument("--stop-with-stdin", action="store_true", help="stop when standard input closes")

    conversion = commands.add_parser("convert", help="turn one format of labels into another")
    convert.add_arguments(conversion)
    conversion.set_defaults(run=convert.run)
    return parser


def _stop_with_stdin() -> None:
    """Ends the process like SIGTERM when the other end of standard input closes, because the parent is gone."""
    # The bare descriptor: a thread that waits inside a buffered reader would break the interpreter's own end.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _train(options: argparse.Namespace) -> None:
    refuse_to_overwrite(options.out)
    documents = read_jsonl(options.data)
    if find_spec("torch") is None:
        raise InvalidInputError("Training is not installed here. Install it: pip install -r requirements-train.txt")
    progress = _progress(options.progress)
    progress("loading", 0, None)
    # Here, not above: torch takes seconds and is absent where models are only used.
    from model_tools.training.openmp import let_waiting_threads_sleep  # noqa: PLC0415

    let_waiting_threads_sleep()
    from model_tools.training.parts import hold_out_test, split_parts  # noqa: PLC0415
    from model_tools.training.pipeline import train  # noqa: PLC0415
    from model_tools.training.recipe import load_recipe  # noqa: PLC0415

    recipe = load_recipe(options.recipe)
    parts = split_parts(
        hold_out_test(documents, seed=options.seed), recipe, categories=options.categories, seed=options.seed
    )
    artifact = train(
        parts,
        options.out,
        recipe,
        seed=options.seed,
        device=options.device,
        threads=options.threads,
        progress=progress,
        checkpoint=options.checkpoint,
    )
    if isinstance(progress, BarProgress):
        report = EvaluationReport.load(artifact.evaluation)
        low, high = report.f1_interval
        print(f"Micro F1 {report.micro.f1:.3f} ({low:.3f} to {high:.3f}) on {report.n_documents} test documents.")
        print(f"The model is in {options.out}.")


def _evaluate(options: argparse.Namespace) -> None:
    predictor = Predictor.load(options.model)
    documents = read_jsonl(options.data)
    report = evaluate(predictor, _of_split(documents, options.split))
    known = predictor.manifest.categories
    if options.json:
        _print_json(report_record(report, documents, known=known, split=options.split))
        return
    for line in report_lines(report, documents, known=known):
        print(line)


def _compare(options: argparse.Namespace) -> None:
    documents = _of_split(read_jsonl(options.data), options.split)
    a, b = (evaluate(Predictor.load(model), documents) for model in (options.model_a, options.model_b))
    comparison = compare(a, b, seed=options.seed)
    if options.json:
        _print_json(comparison)
        return
    for line in comparison_lines(comparison):
        print(line)


def _export(options: argparse.Namespace) -> None:
    export_zip(options.model, options.out)


def _predict(options: argparse.Namespace) -> None:
    text = _text(options)
    entities = Predictor.load(options.model).predict([text])[0]
    if options.json:
        _print_json({"entities": [_entity_record(text, entity) for entity in entities]})
        return
    for entity in entities:
        print(f"{entity.start}\t{entity.end}\t{entity.category}\t{entity.confidence:.3f}\t{entity.text_of(text)!r}")


def _text(options: argparse.Namespace) -> str:
    if options.text is not None:
        return str(options.text)
    # Bytes, because reading as text would turn \r\n into \n and move every offset.
    data = options.file.read_bytes() if options.file else sys.stdin.buffer.read()
    return str(data, encoding="utf-8")


def _of_split(documents: Sequence[Document], split: str) -> list[Document]:
    chosen = [document for document in documents if split in ("all", document.split)]
    if not chosen:
        raise InvalidInputError(f"No document is of the split {split!r}.")
    return chosen


def _entity_record(text: str, entity: Entity) -> dict[str, Any]:
    return {
        "text": entity.text_of(text),
        "category": entity.category,
        "offset": entity.start,
        "length": entity.end - entity.start,
        "confidence": entity.confidence,
    }


def _progress(kind: str) -> Progress:
    if kind == "none":
        return silent
    if kind == "json" or not sys.stdout.isatty():
        return JsonProgress(sys.stdout)
    return BarProgress(sys.stdout)


def _wants_json(options: argparse.Namespace) -> bool:
    if hasattr(options, "json"):
        return bool(options.json)
    progress = getattr(options, "progress", None)
    return bool(progress == "json" or (progress == "auto" and not sys.stdout.isatty()))


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _print_json(value: object) -> None:
    print(msgspec.json.encode(value).decode(), flush=True)
