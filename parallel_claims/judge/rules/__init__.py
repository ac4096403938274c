"""The kinds of rules, one module each: a module that is added here is a kind that is known."""

from importlib import import_module
from pkgutil import iter_modules

from parallel_claims.judge.rule import Rule


def kinds() -> dict[str, type[Rule]]:
    """Return the rule of each module of this folder, by its key."""
    modules = [import_module(f"{__name__}.{one.name}") for one in iter_modules(__path__)]
    return {module.RULE.key: module.RULE for module in modules}


RULES = kinds()
