"""Finding the functions of an app, with the worker's own checks: one fault and none of them is indexed."""

import importlib
import inspect
import json
import re
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import azure.functions as func

from devhost.converters import binding_converter
from devhost.errors import HostStartError, IndexingError
from devhost.settings import HostSettings

_FUNCTION_NAME = re.compile(r"[a-z][a-z0-9_\-]{0,127}", re.IGNORECASE)
_SCRIPT_NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_\-]*\.py")
_BUILT_IN_TRIGGERS = {"httpTrigger", "timerTrigger"}
"""What the real host runs without an extension bundle."""
_BUNDLED_TRIGGERS = {"queueTrigger", "blobTrigger"}
_OUTPUTS = {"http", "queue", "blob"}
_UNRESOLVED = {"name", "type", "direction", "connection", "dataType"}
"""Keys of a binding that are names themselves, so that `%…%` in them means nothing."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding as the worker would send it to the host, with its `%NAME%` replaced."""

    name: str
    type: str
    is_output: bool
    values: Mapping[str, Any]

    def text(self, key: str) -> str | None:
        """A value as text; None where it is absent or empty."""
        value = self.values.get(key)
        return None if value is None or value == "" else str(value)


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """One function that passed indexing."""

    name: str
    call: Callable[..., Any]
    directory: str
    trigger: Binding
    outputs: Mapping[str, Binding]
    """Output bindings by parameter name, `$return` apart."""
    return_binding: Binding | None
    takes_context: bool
    annotations: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_async(self) -> bool:
        """Whether it runs on the event loop rather than in a thread."""
        return inspect.iscoroutinefunction(self.call)

    @property
    def id(self) -> str:
        """The name the host uses in storage and in webhook addresses."""
        return f"Host.Functions.{self.name}"


def index_app(settings: HostSettings) -> list[FunctionDefinition]:
    """Import the app of the script root and index its functions; disabled ones are included.

    Raises:
        IndexingError: The import fails, there is no app or more than one, or a function does not fit its bindings.
    """
    app = _find_app(settings)
    try:
        functions = app.get_functions()
    except (ValueError, TypeError) as error:
        raise IndexingError(str(error)) from error
    definitions = [_define(function, settings) for function in functions]
    _check_names(definitions)
    if not settings.has_extension_bundle:
        _refuse_bundled(definitions)
    return definitions


def _find_app(settings: HostSettings) -> func.FunctionRegister:
    script = settings.environment.get("PYTHON_SCRIPT_FILE_NAME", "function_app.py")
    if not _SCRIPT_NAME.fullmatch(script):
        raise IndexingError(f"PYTHON_SCRIPT_FILE_NAME is `{script}`; it must be a file name at the root, without slash")
    if not (settings.script_root / script).is_file():
        raise IndexingError(f"There is no {script} in {settings.script_root}.")
    module = _import(settings.script_root, Path(script).stem)
    apps = [value for value in vars(module).values() if isinstance(value, func.FunctionRegister)]
    if len(apps) != 1:
        found = "No" if not apps else "More than one"
        raise IndexingError(f"{found} top level function app is defined in {script}; there must be exactly one.")
    return apps[0]


def _import(script_root: Path, name: str) -> Any:  # noqa: ANN401  a module holds anything
    root = str(script_root.resolve())
    if root not in sys.path:
        sys.path.insert(0, root)
    try:
        return importlib.import_module(name)
    except Exception as error:
        # The app's own code runs here, so that any error may come out of it.
        raise IndexingError(f"The import of {name}.py failed: {type(error).__name__}: {error}") from error


def _define(function: func.Function, settings: HostSettings) -> FunctionDefinition:
    name = str(function.get_function_name())
    bindings = [_read_binding(json.loads(raw), settings) for raw in function.get_raw_bindings()]
    call = function.get_user_function()
    try:
        annotations = typing.get_type_hints(call)
    except (NameError, TypeError) as error:
        raise _refusal(name, f"its annotations cannot be read: {error}") from error
    trigger = next(binding for binding in bindings if binding.type.lower().endswith("trigger"))
    definition = FunctionDefinition(
        name=name,
        call=call,
        directory=str(Path(inspect.getfile(call)).parent),
        trigger=trigger,
        outputs={binding.name: binding for binding in bindings if binding.is_output and binding.name != "$return"},
        return_binding=next((binding for binding in bindings if binding.name == "$return"), None),
        takes_context="context" in inspect.signature(call).parameters
        and all(binding.name != "context" for binding in bindings),
        annotations=annotations,
    )
    _check_kinds(definition, bindings)
    _check_parameters(definition, bindings)
    return definition


def _read_binding(raw: Mapping[str, Any], settings: HostSettings) -> Binding:
    values = {
        key: settings.resolve(value) if isinstance(value, str) and key not in _UNRESOLVED else value
        for key, value in raw.items()
    }
    return Binding(
        name=values["name"], type=values["type"], is_output=str(values["direction"]).upper() == "OUT", values=values
    )


def _check_kinds(definition: FunctionDefinition, bindings: list[Binding]) -> None:
    for binding in bindings:
        known = _OUTPUTS if binding.is_output else _BUILT_IN_TRIGGERS | _BUNDLED_TRIGGERS
        if binding.type not in known:
            raise _refusal(definition.name, f"this local host does not run the binding type `{binding.type}`")


def _check_parameters(definition: FunctionDefinition, bindings: list[Binding]) -> None:
    parameters = set(inspect.signature(definition.call).parameters) - (
        {"context"} if definition.takes_context else set()
    )
    bound = {binding.name: binding for binding in bindings if binding.name != "$return"}
    if unbound := parameters - set(bound):
        raise _refusal(definition.name, f"these parameters of the Python function have no binding: {sorted(unbound)}")
    if missing := set(bound) - parameters:
        raise _refusal(definition.name, f"these bindings are not parameters of the Python function: {sorted(missing)}")
    if definition.takes_context:
        context = definition.annotations.get("context", func.Context)
        if getattr(context, "__name__", None) != "Context":
            raise _refusal(definition.name, "the parameter `context` must be of type azure.functions.Context")
    for name, binding in bound.items():
        if name in definition.annotations:
            _check_annotation(definition.name, binding, definition.annotations[name])
    if definition.return_binding is not None and "return" in definition.annotations:
        _check_return(definition.name, definition.return_binding, definition.annotations["return"])


def _check_annotation(function_name: str, binding: Binding, annotation: Any) -> None:  # noqa: ANN401  any annotation
    is_out = (typing.get_origin(annotation) or annotation) is func.Out
    if binding.is_output and not is_out:
        raise _refusal(function_name, f"`{binding.name}` is an output, so its annotation must be azure.functions.Out")
    if not binding.is_output and is_out:
        raise _refusal(function_name, f"`{binding.name}` is an input, so its annotation may not be azure.functions.Out")
    wanted = annotation
    if is_out:
        arguments = typing.get_args(annotation)
        if len(arguments) != 1:
            raise _refusal(function_name, f"the annotation of `{binding.name}` must name what Out holds: Out[str]")
        wanted = arguments[0]
    if wanted in (str, bytes):
        # The worker takes the generic converter for plain text and bytes, whatever the binding.
        return
    if not _converts(binding, wanted):
        shown = getattr(wanted, "__name__", wanted)
        raise _refusal(function_name, f"the type of `{binding.name}`, {shown}, does not fit the binding {binding.type}")


def _check_return(function_name: str, binding: Binding, annotation: Any) -> None:  # noqa: ANN401  any annotation
    if not isinstance(annotation, type):
        raise _refusal(function_name, f"the return annotation {annotation} is not a type, which the worker demands")
    if not _converts(binding, annotation):
        raise _refusal(function_name, f"the return type {annotation.__name__} does not fit the binding {binding.type}")


def _converts(binding: Binding, python_type: Any) -> bool:  # noqa: ANN401  any annotation
    converter = binding_converter(binding.type)
    check = converter.check_output_type_annotation if binding.is_output else converter.check_input_type_annotation
    try:
        return bool(check(python_type))
    except TypeError:
        # `issubclass` of what is not a class.
        return False


def _check_names(definitions: list[FunctionDefinition]) -> None:
    seen: set[str] = set()
    for definition in definitions:
        name = definition.name
        if not _FUNCTION_NAME.fullmatch(name) or name.lower() == "host":
            raise _refusal(
                name, "its name must start with a letter, then letters, digits, `_` or `-`, and not be `host`"
            )
        if name.lower() in seen:
            raise _refusal(name, "there is another function of this name, and the host ignores case")
        seen.add(name.lower())


def _refuse_bundled(definitions: list[FunctionDefinition]) -> None:
    needing = [d.name for d in definitions if d.trigger.type in _BUNDLED_TRIGGERS]
    if needing:
        raise HostStartError(
            f"host.json names no extensionBundle, so the host cannot load the triggers of {', '.join(needing)}. Add "
            '"extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}.'
        )


def _refusal(function_name: str, reason: str) -> IndexingError:
    return IndexingError(f"cannot load the function `{function_name}`: {reason}.")
