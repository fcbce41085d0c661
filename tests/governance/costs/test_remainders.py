"""Many remainders at once fall as ``money.split`` lets a single amount fall."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from governance.costs.engine.remainders import shares_of
from governance.kernel import money

WEIGHTS = st.lists(st.integers(1, 2**47), min_size=1, max_size=12)


@given(WEIGHTS, st.data())
def test_remainders_fall_as_in_a_split_of_one(weights, data):
    total = sum(weights)
    some = data.draw(st.lists(st.integers(0, total - 1), min_size=1, max_size=20))
    found = shares_of(np.array(some, dtype=np.int64), weights)
    names = [f"{position:03d}" for position in range(len(weights))]
    for amount, units in zip(some, found, strict=True):
        wanted = money.split(amount, dict(zip(names, weights, strict=True)))
        assert units.tolist() == [wanted[name] for name in names]
