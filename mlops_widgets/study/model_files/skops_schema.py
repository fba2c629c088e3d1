"""What a .skops file says it holds, audited before skops builds anything.

skops trusts names. This reads what skops will do with them: which loader builds which type, that nothing is smuggled in
under the identity of something else, and that what compiled parsers get on loading is sound.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from mlops_widgets.errors import ModelFileError, UnsafeModelError
from mlops_widgets.study.model_files.reviewed import is_reviewed
from mlops_widgets.study.model_files.skops_archive import SkopsArchive

DEEPEST = 200
"""Most levels of objects inside objects: skops builds them by recursion."""

OLDEST_PROTOCOL = 1
"""Protocol 0 names functions in a second place, which skops' audit reads and ours doesn't."""

LIGHTGBM, XGBOOST, TREE = "lightgbm.basic.Booster", "xgboost.core.Booster", "sklearn.tree._tree.Tree"

Described = Mapping[str, Any]


@dataclass(frozen=True)
class SkopsNode:
    """One object that the file describes: who builds it and its type's full name."""

    loader: str
    name: str
    described: Described


@dataclass(frozen=True)
class Audit:
    """What an audited file holds.

    Attributes
    ----------
    pairs
        Each loader and type that occurs together.
    versions
        Versions of scikit-learn that saved parts of it.
    """

    pairs: frozenset[tuple[str, str]]
    versions: frozenset[str]


def audit_schema(archive: SkopsArchive, *, name: str) -> Audit:
    """Return what a file holds, or raise `UnsafeModelError` if loading it could crash, hang or fool skops' own check."""
    schema = archive.schema()
    protocol = schema.get("protocol")
    if not isinstance(protocol, int) or isinstance(protocol, bool) or protocol < OLDEST_PROTOCOL:
        raise ModelFileError(
            f"{name} was saved in skops' protocol {protocol!r}; the oldest that is read is {OLDEST_PROTOCOL}. "
            "Load it where it was saved and save it again with a newer skops."
        )
    nodes, sizes = _nodes(schema, name)
    ambiguous = _ambiguous(nodes, sizes, archive, name)
    for node in nodes:
        problem = _problem(node, archive, ambiguous)
        if problem:
            raise UnsafeModelError(
                f"{name} holds {problem}. Loading it could crash Python. Save it again from a sound model."
            )
    return Audit(pairs=frozenset(_pair(node) for node in nodes), versions=frozenset(_versions(nodes)))


def _nodes(schema: Described, name: str) -> tuple[list[SkopsNode], list[int]]:
    """Return all objects described, parents first, and how many each is made of; iteratively, so depth costs nothing."""
    nodes: list[SkopsNode] = []
    parents: list[int] = []
    stack: list[tuple[Any, int, int]] = [(schema, -1, 0)]
    while stack:
        value, parent, depth = stack.pop()
        if isinstance(value, dict):
            if "__loader__" in value:
                nodes.append(_node(value, name))
                parents.append(parent)
                parent, depth = len(nodes) - 1, depth + 1
                if depth > DEEPEST:
                    raise UnsafeModelError(f"{name} nests objects more than {DEEPEST} deep.")
            elif not isinstance(value.get("__id__", {}), dict):
                # skops takes the first object of that identity for it: twice in each of forty lists, it unfolds without end.
                raise UnsafeModelError(
                    f"{name} refers to an object instead of describing it, as skops never does. Save the model again."
                )
            stack.extend((child, parent, depth) for child in value.values() if isinstance(child, dict | list))
        else:
            stack.extend((child, parent, depth) for child in value if isinstance(child, dict | list))
    sizes = [1] * len(nodes)
    for i in range(len(nodes) - 1, 0, -1):
        sizes[parents[i]] += sizes[i]
    return nodes, sizes


def _node(described: Described, name: str) -> SkopsNode:
    loader, module, kind = described["__loader__"], described.get("__module__"), described.get("__class__")
    names = [each for each in (loader, module, kind) if isinstance(each, str) and each.isprintable()]
    if len(names) < 3 or loader == "CachedNode":  # a name is shown where it is to be trusted: no lines, no turned text
        raise UnsafeModelError(f"{name} describes an object in a way that skops doesn't write. Save the model again.")
    return SkopsNode(loader=names[0], name=f"{names[1]}.{names[2]}", described=described)


def _ambiguous(nodes: list[SkopsNode], sizes: list[int], archive: SkopsArchive, name: str) -> set[Any]:
    """Return the identities under which two descriptions differ.

    skops builds the first object of an identity and takes it for all others. Honest files describe it in full each time,
    so copies have the same size and type, and plain values are equal; else a short file could unfold without end, or a
    checked value be replaced by an unchecked one.
    """
    first: dict[Any, int] = {}
    differing: set[Any] = set()
    for i, node in enumerate(nodes):
        identity = node.described.get("__id__")
        if isinstance(identity, dict | list):
            raise UnsafeModelError(
                f"{name} identifies an object in a way that skops doesn't write. Save the model again."
            )
        if not identity:
            continue
        j = first.setdefault(identity, i)
        if nodes[j].described == node.described:
            continue
        if (nodes[j].loader, nodes[j].name, sizes[j]) != (node.loader, node.name, sizes[i]) or (
            sizes[i] == 1 and not _same_bytes(nodes[j], node, archive)
        ):
            raise UnsafeModelError(f"{name} describes two different objects as the same one. Save the model again.")
        differing.add(identity)
    return differing


def _same_bytes(one: SkopsNode, other: SkopsNode, archive: SkopsArchive) -> bool:
    """Say whether two descriptions differ only in the name of the file that holds the same bytes."""
    apart = {key for key in {*one.described, *other.described} if one.described.get(key) != other.described.get(key)}
    return apart == {"file"} and archive.read(one.described.get("file")) == archive.read(other.described.get("file"))


def _pair(node: SkopsNode) -> tuple[str, str]:
    wrapped = node.loader != "PartialNode" or _wraps_reviewed(node)
    return node.loader if wrapped else "PartialNode of another function", node.name


def _wraps_reviewed(node: SkopsNode) -> bool:
    try:
        function = node.described["content"]["func"]
        return bool(
            function["__loader__"] == "FunctionNode"
            and is_reviewed("FunctionNode", f"{function['__module__']}.{function['__class__']}")
        )
    except (KeyError, TypeError):
        return False


def _versions(nodes: list[SkopsNode]) -> Iterator[str]:
    for node in nodes:
        content = node.described.get("content")
        if node.loader == "DictNode" and isinstance(content, dict) and "_sklearn_version" in content:
            version = _plain(content["_sklearn_version"])
            if isinstance(version, str):
                yield version[:20]


def _plain(described: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return the text, number or None that a description holds, or `NotImplemented`."""
    if not isinstance(described, dict) or described.get("__loader__") != "JsonNode":
        return NotImplemented
    try:
        return json.loads(described["content"])
    except (KeyError, TypeError, ValueError, RecursionError):
        return NotImplemented


def _problem(node: SkopsNode, archive: SkopsArchive, ambiguous: set[Any]) -> str | None:
    if node.loader == "NdArrayNode" and node.described.get("type") == "numpy":
        archive.header(node.described.get("file"))
    elif node.loader == "SparseMatrixNode":
        archive.check_sparse(node.described.get("file"))
    check = _STATES.get(TREE if node.loader == "TreeNode" else node.name)
    if check is None or node.loader == "TypeNode":
        return None
    state = node.described.get("content")
    if not _is_plain(state, "DictNode", ambiguous):
        return f"a {node.name} without a plain state"
    if check is _tree_problem and not _is_plain(_arguments(node), "TupleNode", ambiguous):
        return "a tree without its parts"
    content = state["content"]
    return check(content if isinstance(content, dict) else {}, node, archive)


def _arguments(node: SkopsNode) -> Any:  # noqa: ANN401 - whatever JSON holds
    reduce = node.described.get("__reduce__")
    return reduce.get("args") if isinstance(reduce, dict) else None


def _is_plain(described: Any, loader: str, ambiguous: set[Any]) -> TypeGuard[dict[str, Any]]:  # noqa: ANN401 - from JSON
    """Say whether this is what skops will build here, and not something else of the same identity."""
    return (
        isinstance(described, dict)
        and described.get("__loader__") == loader
        and "content" in described
        and described.get("__id__") not in ambiguous
    )


def _lightgbm_problem(state: Described, _node: SkopsNode, _archive: SkopsArchive) -> str | None:
    from mlops_widgets.study.model_files.lightgbm_text import text_problem

    texts = [_plain(state[key]) for key in ("_handle", "handle") if key in state]
    if not texts or not all(isinstance(text, str) for text in texts):
        return "a LightGBM model without its text"
    problem = next(filter(None, (text_problem(text) for text in texts)), None)
    return problem and f"a malformed LightGBM model ({problem})"


def _xgboost_problem(state: Described, _node: SkopsNode, archive: SkopsArchive) -> str | None:
    from mlops_widgets.study.model_files.malformed import MalformedError
    from mlops_widgets.study.model_files.xgboost_document import check_document, read_document

    handle = state.get("handle")
    if not isinstance(handle, dict) or handle.get("__loader__") != "BytearrayNode":
        return "an XGBoost model without its bytes"
    try:
        document = read_document(archive.read(handle.get("file")))
        # What a Booster keeps: the model, and beside it the settings of its training.
        model = document.get("Model") if isinstance(document, dict) else None
        check_document(model if isinstance(model, dict) else document)
    except MalformedError as error:
        return f"a malformed XGBoost model ({error})"
    return None


def _tree_problem(state: Described, node: SkopsNode, archive: SkopsArchive) -> str | None:
    """Check what scikit-learn's Tree believes while it is built: its outputs and how many nodes there are."""
    try:
        features, classes, outputs = _arguments(node)["content"]
        nodes = archive.header(state["nodes"]["file"])
        n_classes = archive.header(classes["file"])
    except (KeyError, TypeError, ValueError):
        return "a tree without its parts"
    n_outputs = _plain(outputs)
    if not isinstance(n_outputs, int) or n_classes.shape != (n_outputs,) or not isinstance(_plain(features), int):
        return "a tree whose numbers of classes and outputs disagree"
    if nodes.shape != (_plain(state.get("node_count")),) or not isinstance(_plain(state.get("max_depth")), int):
        return "a tree whose number of nodes isn't that of its nodes"
    return None


_STATES: Mapping[str, Callable[[Described, SkopsNode, SkopsArchive], str | None]] = {
    LIGHTGBM: _lightgbm_problem,
    XGBOOST: _xgboost_problem,
    TREE: _tree_problem,
}
