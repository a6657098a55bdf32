"""The command line: train, evaluate, compare, predict, export, check-labels, learning-curve, convert."""

import argparse
import errno
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import msgspec

from model_tools.artifact import Artifact, refuse_to_overwrite
from model_tools.bundle import export_zip
from model_tools.documents import Document, read_jsonl
from model_tools.errors import InvalidInputError, NerError
from model_tools.evaluation import scoring
from model_tools.evaluation.presentation import (
    training_lines,
    training_record,
    warnings_as_advice,
)
from model_tools.evaluation.report import EvaluationReport
from model_tools.evaluation.thresholds import above
from model_tools.formats import convert
from model_tools.inference.predictor import Predictor
from model_tools.progress import JsonProgress, Progress, ShareProgress, progress_on, silent
from model_tools.quality import check_labels, learning_curve_command
from model_tools.run_arguments import add_progress_argument, add_run_arguments
from model_tools.spans import Entity
from model_tools.training.parts import hold_out_test, split_parts
from model_tools.training.recipe import load_recipe

USER_ERROR = 2
"""Exit code for what the caller can put right; argparse has the same."""
_FAULT = 1
_TERMINATED = 128 + signal.SIGTERM
_INTERRUPTED = 128 + signal.SIGINT
_DISK_FULL = {errno.ENOSPC, errno.EDQUOT}
_PACKAGE = Path(__file__).parent
_READER_GONE = 128 + 13  # SIGPIPE, a name that Windows lacks


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0, or 2 with one line on stderr; 1 is a fault of this program.

    SIGTERM ends it at once with 143, and what it was writing is removed.
    """
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminate)
    if getattr(options, "stop_with_stdin", False):
        threading.Thread(target=_stop_with_stdin, daemon=True).start()
    try:
        options.run(options)
    except BrokenPipeError:
        # The reader has seen enough (`| head`). What is still buffered must not fail again at the interpreter's end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _READER_GONE
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last resort: nobody is to read a stack trace
        return _tell(options, error)
    return 0


def _tell(options: argparse.Namespace, error: Exception) -> int:
    """Says in one line what went wrong, and returns the exit code."""
    match error:
        case NerError():
            return _refuse(options, error.code, error.message)
        case OSError():
            # A missing file, no permission, a full disk: the caller's to mend, and nothing half-written stays.
            return _refuse(options, InvalidInputError.code, _fault(error))
        case MemoryError():
            return _fail(options, "There is not enough memory. Close other programs, or give less data at once.")
        case _:
            return _fail(options, f"{_place(error)}: {type(error).__name__}: {error}. This is a fault of the program.")


def _place(error: Exception) -> str:
    """The line of this package that was at work."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).is_relative_to(_PACKAGE)]
    return f"{Path(own[-1].filename).relative_to(_PACKAGE.parent)}:{own[-1].lineno}"


def _fault(error: OSError) -> str:
    name = error.filename2 or error.filename  # of a copy that failed, the second is what was being written
    where = f"{name}: " if name else ""
    advice = " Nothing was written; free some space." if error.errno in _DISK_FULL else ""
    return f"{where}{error.strerror or error}.{advice}"


def _refuse(options: argparse.Namespace, code: str, message: str) -> int:
    _tell_error(options, code, message)
    return USER_ERROR


def _fail(options: argparse.Namespace, message: str) -> int:
    _tell_error(options, NerError.code, " ".join(message.split()))
    return _FAULT


def _tell_error(options: argparse.Namespace, code: str, message: str) -> None:
    if _wants_json(options):
        _print_json({"error": {"code": code, "message": message}})
    print(f"error: {message}", file=sys.stderr)


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    # An exception, not a bare exit: drafts and scratch folders are removed on its way out.
    raise SystemExit(_TERMINATED)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m model_tools", description="Custom named entity recognition.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    train = commands.add_parser("train", help="fine-tune a model on labelled documents")
    train.add_argument("data", type=Path, metavar="DATA.jsonl")
    train.add_argument("--out", type=Path, required=True, metavar="DIR", help="the model folder to write")
    train.add_argument("--recipe", default="default", metavar="NAME", help="a recipe's name or .toml file")
    train.add_argument("--categories", type=_names, metavar="A,B", help="default: all that are labelled")
    train.add_argument("--checkpoint", type=Path, metavar="FILE", help="keep the state here, and go on from it")
    add_run_arguments(train)
    train.set_defaults(run=_train)

    score = commands.add_parser("evaluate", help="score a model on labelled documents")
    scoring.add_evaluate_arguments(score)
    score.set_defaults(run=scoring.run_evaluate)

    contest = commands.add_parser("compare", help="say which of two models is better, if the documents can tell")
    scoring.add_compare_arguments(contest)
    contest.set_defaults(run=scoring.run_compare)

    predict = commands.add_parser("predict", help="find the entities of a text")
    predict.add_argument("model", type=Path, metavar="DIR")
    source = predict.add_mutually_exclusive_group()
    source.add_argument("--text", help="default: standard input")
    source.add_argument("--file", type=Path, metavar="F", help="a UTF-8 text file")
    predict.add_argument("--thresholds", action="store_true", help="drop what the model's evaluation says not to keep")
    add_progress_argument(predict)
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
    with progress_on(sys.stdout, options.progress) as progress:
        progress("loading", 0, None)
        documents = hold_out_test(documents, seed=options.seed)
        artifact = _trained(documents, options, progress)
    if progress is not silent:
        report = EvaluationReport.load(artifact.evaluation)
        warnings = warnings_as_advice(artifact.manifest.warnings)
        if isinstance(progress, JsonProgress):
            _print_json(training_record(artifact.folder, report, warnings, report.guidance))
        else:
            _print(training_lines(artifact.folder, report, [*warnings, *report.guidance]))


def _trained(documents: Sequence[Document], options: argparse.Namespace, progress: Progress) -> Artifact:
    # Here, not above: torch takes seconds and is absent where models are only used.
    from model_tools.training.process import prepare_process  # noqa: PLC0415

    prepare_process()
    recipe = load_recipe(options.recipe)
    parts = split_parts(documents, recipe, categories=options.categories, seed=options.seed)
    # What is wrong with the data or the recipe has been said by now.
    from model_tools.training.pipeline import train  # noqa: PLC0415

    return train(
        parts,
        options.out,
        recipe,
        seed=options.seed,
        device=options.device,
        threads=options.threads,
        progress=progress,
        checkpoint=options.checkpoint,
    )


def _export(options: argparse.Namespace) -> None:
    export_zip(options.model, options.out)


def _predict(options: argparse.Namespace) -> None:
    text, artifact = _text(options), Artifact.open(options.model)
    with progress_on(sys.stderr, options.progress) as progress:
        progress("loading", 0, None)
        predictor = Predictor(artifact)
        (entities,) = predictor.predict([text], told=ShareProgress(progress, "evaluating"))
        progress("done", 100, 0)
    if options.thresholds:
        entities = above(entities, predictor.manifest.thresholds)
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
    try:
        return str(data, encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInputError(
            f"{options.file or 'Standard input'}: not UTF-8: {error.reason} at byte {error.start}."
        ) from error


def _entity_record(text: str, entity: Entity) -> dict[str, Any]:
    return {
        "text": entity.text_of(text),
        "category": entity.category,
        "offset": entity.start,
        "length": entity.end - entity.start,
        "confidence": entity.confidence,
    }


def _wants_json(options: argparse.Namespace) -> bool:
    if hasattr(options, "json"):
        return bool(options.json)
    progress = getattr(options, "progress", None)
    return bool(progress == "json" or (progress == "auto" and not sys.stdout.isatty()))


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _print_json(value: object) -> None:
    _print([msgspec.json.encode(value).decode()])


def _print(lines: Iterable[str]) -> None:
    sys.stdout.writelines(line + "\n" for line in lines)
    sys.stdout.flush()
