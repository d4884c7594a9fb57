"""Which primitives round: a linear one that counts as exact does nothing but move entries."""

from __future__ import annotations

import numpy as np
import pytest

from gradcli.autodiff.primitive import Linear
from gradcli.autodiff.rounding import is_exact
from tests.primitives.numerical import flat
from tests.primitives.test_table import CASES

EXACT = [each for each in CASES if type(each.values[0].derivative) is Linear and is_exact(each.values[0])]


@pytest.mark.parametrize(("primitive", "sample"), EXACT)
def test_what_is_exact_moves_entries(primitive, sample):
    entries = np.concatenate([[0.0], *map(flat, sample.operands)])
    assert np.isin(flat(primitive.evaluate(*sample.operands, **sample.static)), entries).all()
