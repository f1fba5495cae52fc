"""From JSON objects, decoded only where a shape asks for them, to Arrow columns.

msgspec decodes each line straight into objects that have just the wanted keys; what has no place in them is checked
and passed over. A wanted key may hold anything, so each place takes every kind of JSON value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Union

import msgspec

from functions.storage.reading.shape import Path, Shape
from functions.storage.reading.tagged_text import Number, plain, tagged

if TYPE_CHECKING:
    import pyarrow


#: msgspec's classes take no keys that JSON has to escape.
_NOT_FOR_A_CLASS = re.compile(r'["\\\x00-\x1f]')


@dataclass
class _Node:
    """A place in an object and the places below it that are wanted."""

    keys: dict[str, _Node] = field(default_factory=dict)
    is_whole: bool = False
    elements: _Node | None = None
    #: The class that objects at this place become; None where they stay dictionaries.
    kind: type | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    def at(self, path: Path) -> _Node:
        """The node at a path below, made where it is missing."""
        node = self
        for key in path:
            node = node.keys.setdefault(key, _Node())
        return node


class Rows:
    """Decodes lines and makes the columns of a shape of them."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._root = _tree(shape)
        wanted = _type_of(self._root)
        #: What a line holds. Raises msgspec.DecodeError where it is not JSON, or holds a number that is too large for
        #: a float; UnicodeDecodeError where wanted text is not UTF-8; RecursionError where it is nested too deep.
        self.decode: Callable[[bytes], Any] = msgspec.json.Decoder(wanted).decode
        #: The same with wanted numbers as they are written, which takes longer.
        self.decode_exactly: Callable[[bytes], Any] = msgspec.json.Decoder(wanted, float_hook=Number).decode

    def columns(self, decoded: Sequence[Any]) -> list[pyarrow.Array]:
        """The columns of the shape, in its order.

        Args:
            decoded: What `decode`, or `decode_exactly`, gave for each line.

        Raises:
            Inexact: When only `decode_exactly` tells a wanted number exactly.
        """
        return _columns(self._shape, self._root, decoded)


def _tree(shape: Shape) -> _Node:
    root = _Node()
    for path in (*shape.texts, *shape.values):
        root.at(path).is_whole = True
    for path in shape.present:
        root.at(path)
    for path, (_, inner) in shape.lists.items():
        root.at(path).elements = _tree(inner)
    return root


def _type_of(node: _Node) -> Any:
    """The type that takes whatever stands at a place."""
    if node.is_whole or any(_NOT_FOR_A_CLASS.search(key) for key in node.keys):
        return Any  # decoded whole, and what lies below is looked up in it
    element = Any if node.elements is None else _type_of(node.elements)
    node.attributes = {key: f"k{place}" for place, key in enumerate(node.keys)}
    node.kind = msgspec.defstruct(
        "Wanted",
        [
            (node.attributes[key], _type_of(child), msgspec.field(name=key, default=None))
            for key, child in node.keys.items()
        ],
        gc=False,
    )
    return Union[str, int, float, bool, None, list[element], node.kind]  # type: ignore[valid-type]  # noqa: UP007 - made at run time


def _columns(shape: Shape, root: _Node, found: Sequence[Any]) -> list[pyarrow.Array]:
    import pyarrow

    places = _Places(root, found)
    columns: list[pyarrow.Array] = [plain(places.at(path)) for path in shape.texts]
    columns += [tagged(places.at(path)) for path in shape.values]
    columns += [
        pyarrow.array([value is not None for value in places.at(path)], pyarrow.bool_()) for path in shape.present
    ]
    columns += [_list(inner, root.at(path), places.at(path)) for path, (_, inner) in shape.lists.items()]
    return columns or [pyarrow.nulls(len(found), pyarrow.bool_())]


class _Places:
    """What stands at each place of some objects; None where there is nothing, or something else on the way."""

    def __init__(self, root: _Node, found: Sequence[Any]) -> None:
        self._root = root
        self._found: dict[Path, Sequence[Any]] = {(): found}
        self._objects: dict[Path, Sequence[Any]] = {}

    def at(self, path: Path) -> Sequence[Any]:
        if path not in self._found:
            parent = self._root.at(path[:-1])
            objects = self._objects_at(path[:-1], parent)
            if parent.kind is None:
                self._found[path] = [item.get(path[-1]) for item in objects]
            else:
                self._found[path] = list(map(attrgetter(parent.attributes[path[-1]]), objects))
        return self._found[path]

    def _objects_at(self, path: Path, node: _Node) -> Sequence[Any]:
        """The objects at a place; an empty one where there is none."""
        if path not in self._objects:
            kind = node.kind or dict
            found = self.at(path)
            if set(map(type, found)) != {kind}:
                nothing = kind()
                found = [value if type(value) is kind else nothing for value in found]
            self._objects[path] = found
        return self._objects[path]


def _list(shape: Shape, node: _Node, found: Sequence[Any]) -> pyarrow.Array:
    """The objects of each list."""
    import pyarrow

    elements = node.elements or _Node()
    kind = elements.kind or dict
    objects = [[item for item in value if type(item) is kind] if type(value) is list else () for value in found]
    offsets = [0, *accumulate(map(len, objects))]
    flat = [item for items in objects for item in items]
    values = _columns(shape, elements, flat)
    structs = pyarrow.StructArray.from_arrays(values, shape.columns())
    return pyarrow.ListArray.from_arrays(pyarrow.array(offsets, pyarrow.int32()), structs)
