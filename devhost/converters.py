"""The converters of azure-functions between Python values and what travels between host and worker."""

from collections.abc import Mapping
from typing import Any, cast

import azure.functions as func
from azure.functions.meta import Datum, InConverter, OutConverter


class _Converter(InConverter, OutConverter, binding=None):
    """The type of a converter that goes both ways; those that go one way are only asked for that one."""


def binding_converter(binding_type: str) -> type[_Converter]:
    """The converter that the worker itself would use for a binding type."""
    registry: Any = func.get_binding_registry  # its one function without annotations
    return cast("type[_Converter]", registry().get(binding_type))


def decode(binding_type: str, annotation: object, datum: Datum, metadata: Mapping[str, Datum]) -> object:
    """Make the argument of a trigger's parameter."""
    if annotation in (str, bytes):
        # Plain text and bytes bypass the rich type, as in the worker.
        return datum.value
    return binding_converter(binding_type).decode(datum, trigger_metadata=metadata)


def encode(binding_type: str, value: object) -> Datum:
    """Make what an output binding sends.

    Raises:
        TypeError: The binding cannot send a value of this type.
    """
    try:
        datum = binding_converter(binding_type).encode(value, expected_type=None)
    except NotImplementedError as error:
        raise TypeError(f"the binding {binding_type} cannot send a {type(value).__name__}") from error
    assert datum is not None
    return datum
