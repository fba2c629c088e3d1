"""What an ONNX file asks for beyond itself, read from its bytes: files on the disk, operators of nobody known.

A small walk through the protobuf messages, so that this is known before onnxruntime sees the file.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mlops_widgets.study.model_files.malformed import MalformedError

MOST_DEEP = 100
"""Levels of messages in one another: protobuf's own limit."""

_KNOWN_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})

# The fields of onnx.proto that lead to nodes, tensors and domains: kind of message → field number → kind of message.
_NODES = {"Model": {7: "Graph", 8: "Opset", 20: "Training", 25: "Function"}, "Training": {1: "Graph", 2: "Graph"}}
_FIELDS: Mapping[str, Mapping[int, str]] = {
    **_NODES,
    "Graph": {1: "Node", 5: "Tensor", 15: "Sparse"},
    "Function": {7: "Node", 9: "Opset", 11: "Attribute"},
    "Node": {5: "Attribute"},
    "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "Sparse", 23: "Sparse"},
    "Sparse": {1: "Tensor", 2: "Tensor"},
    "Opset": {},
    "Tensor": {},
}
_DOMAIN = {"Node": 7, "Opset": 1, "Function": 10}
_EXTERNAL = (13, 14)


@dataclass
class _Found:
    """What the walk met."""

    used: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    external: bool = False
    graphs: int = 0


def onnx_problem(data: bytes) -> str | None:
    """Return what makes an ONNX file unfit to be loaded, in a clause, or None.

    Parameters
    ----------
    data
        All bytes of the file.

    Examples
    --------
    >>> onnx_problem(b"not a model")
    "it isn't a protobuf message"
    """
    found = _Found()
    try:
        _walk(memoryview(data), "Model", found, 0)
    except MalformedError as error:
        return str(error)
    if not found.graphs:
        return "it holds no graph"
    if found.external:
        return "it keeps numbers in other files, whose paths could lead anywhere"
    unknown = sorted(found.used - found.own - _KNOWN_DOMAINS)
    if unknown:
        return f"it needs operators of {unknown[0][:60]!r}, which aren't onnxruntime's own"
    return None


def _walk(data: memoryview, kind: str, found: _Found, depth: int) -> None:
    if depth > MOST_DEEP:
        raise MalformedError("its messages are nested too deep")
    found.graphs += kind == "Graph"
    for number, value in _fields(data):
        if kind == "Tensor" and number in _EXTERNAL:
            found.external = found.external or value != 0
        elif isinstance(value, int):
            continue
        elif _DOMAIN.get(kind) == number:
            name = bytes(value).decode(errors="replace")
            (found.own if kind == "Function" else found.used).add(name)
        elif number in _FIELDS[kind]:
            _walk(value, _FIELDS[kind][number], found, depth + 1)


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview | int]]:
    """Yield the number and value of each field of a message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value
            continue
        size = {1: 8, 5: 4}.get(wire, -1)
        if wire == 2:
            size, at = _varint(data, at)
        if size < 0 or size > len(data) - at or not number:
            raise MalformedError("it isn't a protobuf message")
        yield number, data[at : at + size]
        at += size


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for i, byte in enumerate(data[at : at + 10]):
        value |= (byte & 127) << (7 * i)
        if byte < 128:
            return value, at + i + 1
    raise MalformedError("it isn't a protobuf message")
