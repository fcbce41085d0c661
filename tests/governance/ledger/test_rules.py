"""Hashing and proofs, against published vectors and brute force."""

import hashlib
import json
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.kernel.canonical import canonical
from governance.ledger import rules
from governance.ledger.kinds import GENESIS, Subject

# RFC 6962 test leaves and the root published by certificate-transparency's reference tests.
CT_LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
CT_ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def leaf(data: bytes) -> str:
    return hashlib.sha256(b"\x00" + data).hexdigest()


@pytest.mark.parametrize(("size", "root"), CT_ROOTS.items())
def test_roots_equal_the_published_ones(size: int, root: str) -> None:
    leaves = [leaf(bytes.fromhex(text)) for text in CT_LEAVES[:size]]
    assert rules.merkle_root(leaves) == root


@given(st.integers(1, 70), st.data())
def test_a_path_leads_from_every_leaf_to_the_root_and_from_no_other(size: int, data) -> None:
    leaves = [leaf(str(n).encode()) for n in range(size)]
    root = rules.merkle_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = rules.inclusion_path(leaves, index)
    assert rules.root_from_path(leaves[index], index, size, path) == root
    assert rules.root_from_path(leaf(b"forged"), index, size, path) != root


def test_a_path_of_the_wrong_length_is_refused() -> None:
    leaves = [leaf(str(n).encode()) for n in range(5)]
    path = rules.inclusion_path(leaves, 2)
    with pytest.raises(ValueError, match="short"):
        rules.root_from_path(leaves[2], 2, 5, path[:-1])
    with pytest.raises(ValueError, match="long"):
        rules.root_from_path(leaves[2], 2, 5, [*path, path[0]])
    with pytest.raises(ValueError, match="outside"):
        rules.root_from_path(leaves[2], 5, 5, path)


def test_an_entry_hash_can_be_computed_by_hand() -> None:
    subject = Subject("catalog.model", uuid.UUID(int=7))
    facts = rules.EntryFacts(
        seq=1,
        ts=datetime(2026, 3, 31, 12, 0, 0, 5, tzinfo=UTC),
        actor_id=uuid.UUID(int=9),
        actor_role="model_owner",
        kind="catalog.model.registered",
        subject=subject,
        body_digest="ab" * 32,
        prev=GENESIS,
    )
    by_hand = (
        '{"actor":{"id":"00000000-0000-0000-0000-000000000009","role":"model_owner"},'
        f'"body_digest":"{"ab" * 32}","kind":"catalog.model.registered","prev":"{"0" * 64}",'
        '"seq":1,"subject":{"id":"00000000-0000-0000-0000-000000000007","type":"catalog.model"},'
        '"ts":"2026-03-31T12:00:00.000005Z","v":1}'
    )
    assert facts.preimage() == by_hand.encode()
    expected = hashlib.sha256(b"\x00" + by_hand.encode()).hexdigest()
    assert rules.entry_hash(facts.preimage()) == expected


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text()
    | st.floats(-(2.0**53) + 1, 2.0**53 - 1),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_canonical_json_is_json_and_does_not_depend_on_the_order_of_keys(value) -> None:
    written = canonical(value)
    assert json.loads(written) == value
    assert canonical(json.loads(written)) == written
    if isinstance(value, dict):
        assert canonical(dict(reversed(value.items()))) == written


def test_the_same_body_with_another_salt_has_another_digest() -> None:
    body = rules.body_bytes({"verdict": "approve"})
    assert rules.body_digest(b"a" * 16, body) != rules.body_digest(b"b" * 16, body)
