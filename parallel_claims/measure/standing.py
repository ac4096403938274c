"""Fixtures that stay up while a run goes from block to block, and from module to module.

pytest tears a class or a module down when the next test is not in it. In blocks that would
set its fixtures up again in every block; here they are put aside, and back when a test needs
them. Of a *parametrized* one pytest holds one value at a time: that is left as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from parallel_claims.measure import bridge

if TYPE_CHECKING:
    from collections.abc import Iterator

SCOPES: tuple[tuple[type[pytest.Collector], frozenset[str]], ...] = (
    (pytest.Class, frozenset({"class"})),
    (pytest.Module, frozenset({"class", "module"})),
    (pytest.Package, frozenset({"package"})),
)
"""Of each kind of collector, the scopes whose fixtures have one value in it."""


class Standing:
    """What is set up and not in use: collectors, and the values of their fixtures."""

    def __init__(self, session: pytest.Session) -> None:
        self.session = session
        self.shared: dict[int, Any] = {}
        self.aside: dict[Any, tuple[Any, list[tuple[Any, Any, list[Any]]]]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """Remember the fixtures whose value several tests of a class, module or package share."""
        if fixturedef.scope in {"class", "module", "package"}:
            self.shared[id(fixturedef)] = fixturedef

    def make_way(self, item: pytest.Item) -> None:
        """Put aside what this test is not in, and put back what it is in and stands."""
        needed = item.listchain()[:-1]
        stack = bridge.set_up(self.session)
        for node in reversed([node for node in stack if node not in needed]):
            self.put_aside(node)
        for node in needed[len(stack) :]:
            if node in self.aside:
                self.put_back(node)

    def put_aside(self, node: Any) -> None:
        """Take a collector from what is set up, with the values of its fixtures."""
        scopes = next((names for kind, names in SCOPES if isinstance(node, kind)), frozenset())
        values = [
            (fixture, *bridge.take_value(fixture))
            for fixture in self.shared.values()
            if fixture.scope in scopes and fixture.cached_result is not None
        ]
        self.aside[node] = bridge.set_up(self.session).pop(node), values

    def put_back(self, node: Any) -> None:
        """Put a collector among what is set up again."""
        bridge.set_up(self.session)[node], values = self.aside.pop(node)
        for fixture, value, finalizers in values:
            bridge.give_value(fixture, value, finalizers)

    def tear_down(self) -> Iterator[BaseException]:
        """Tear everything down, module by module; yield what a teardown raises."""
        while True:
            kept = self.common()
            try:
                bridge.tear_down(self.session, kept)
            except BaseException as error:  # noqa: BLE001  it may be pytest's Failed or Skipped
                yield error
            if kept is None:
                break
            inside = next(node for node in self.aside if kept in node.listchain())
            for node in inside.listchain():
                if node in self.aside:
                    self.put_back(node)

    def common(self) -> pytest.Collector | None:
        """Return the innermost collector that something put aside is in; None without any."""
        stack = bridge.set_up(self.session)
        above = {parent for node in self.aside for parent in node.listchain()}
        return next((node for node in reversed(stack) if node in above), None)
