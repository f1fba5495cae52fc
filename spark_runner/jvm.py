"""Spark's JVM as seen from here: what its classes and their methods are is asked once.

PySpark looks up a class, then a method of it, before each call: two round trips to the JVM for one that does something,
and a job is planned with hundreds. What was found does not change while the JVM lives.
"""

from __future__ import annotations

from typing import Any

from py4j.java_gateway import JavaClass, JavaMember, JVMView
from pyspark import SparkContext


def remember_lookups(context: SparkContext) -> None:
    """Has PySpark look up each class and each static method once, in all sessions of a context."""
    if not isinstance(context._jvm, _View):
        context._jvm = _View(context._jvm)  # type: ignore[misc]


class _View(JVMView):  # type: ignore[misc]
    """The classes by name. Packages and what is not found are asked for again: an import may change them."""

    def __init__(self, view: JVMView) -> None:
        self.__dict__.update(view.__dict__)

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if isinstance(found, JavaClass):
            found = self.__dict__[name] = _Class(found._fqn, self._gateway_client)
        return found


class _Class(JavaClass):  # type: ignore[misc]
    """A class; its static fields, whose values may change, and its inner classes are asked for again."""

    def __getattr__(self, name: str) -> Any:
        found = super().__getattr__(name)
        if isinstance(found, JavaMember):
            self.__dict__[name] = found
        return found
