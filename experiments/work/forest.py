"""scikit-learn's ensembles through joblib: which workers grew which tree.

Needs scikit-learn, the extra ``libraries``.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from joblib import parallel_config
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier
from sklearn.tree import DecisionTreeClassifier

from parallel_claims import Outcome, gil_enabled

TREES = 12


class WitnessTree(DecisionTreeClassifier):  # type: ignore[misc]  # scikit-learn is untyped
    """A decision tree that remembers in which process it was grown."""

    def fit(self, *args: Any, **kwargs: Any) -> WitnessTree:
        """Grow the tree, and note the process."""
        super().fit(*args, **kwargs)
        self.pid_ = os.getpid()
        return self


@cache
def samples(count: int) -> Any:
    """Return a classification problem of ``count`` samples, made once."""
    return make_classification(count, n_features=20, n_informative=10, random_state=1)


def grow(count: int, jobs: int) -> Outcome:
    """Grow an ensemble with ``n_jobs``, under joblib's loky backend.

    Records ``workers``, in how many processes other than this one trees were grown, and
    ``here``, how many trees were grown in this one.
    """
    x, y = samples(count)
    with parallel_config(backend="loky"):
        model = BaggingClassifier(WitnessTree(), n_estimators=TREES, n_jobs=jobs, random_state=1)
        model.fit(x, y)
    pids = [tree.pid_ for tree in model.estimators_]
    here = sum(pid == os.getpid() for pid in pids)
    recorded = {"workers": float(len(set(pids) - {os.getpid()})), "here": float(here)}
    return Outcome([float(len(pids))], gil_enabled(), "loky" if jobs > 1 else None, recorded)
