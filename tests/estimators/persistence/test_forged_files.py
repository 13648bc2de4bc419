"""Whatever somebody writes into a saved file, loading answers with an estimator or one sentence."""

import json
import warnings
import zipfile

import pytest
from fitted_cases import fitted
from forging import members_of
from hypothesis import given
from hypothesis import strategies as st

from estimators import load_model
from estimators.base.estimator import KerasEstimator
from estimators.persistence.archive import ModelFileError, packed
from estimators.persistence.serialization.value_types import READERS

NAMES = ("table", "texts", "own model", "members", "images")
KINDS = [*READERS, "object", "again", "unknown"]
PLAIN = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    st.sampled_from(["estimators.BinaryHead", "keras.layers.Dense", "../x", "int64", "O", "V0"]),
)
NODES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.fixed_dictionaries(
            {"$": st.sampled_from(KINDS)},
            optional={
                **dict.fromkeys(("items", "state", "text", "of", "values", "index", "keys"), inner),
                **dict.fromkeys(
                    ("config", "weights", "shape", "codes", "categories", "rows"), inner
                ),
                "class": st.sampled_from(
                    ["estimators.State", "feature_specs.Standard", "os.system"]
                ),
                "member": st.sampled_from(["estimator/0.npy", "manifest.json", "none"]),
                "id": st.integers(0, 3),
            },
        )
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    for name in NAMES:
        fitted(name)[0].save(folder / name)
    return {name: members_of(folder / name) for name in NAMES}


def places(tree, place=()):
    """Yield the way to every node of a tree."""
    yield place
    for key, part in (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree)
        if isinstance(tree, list)
        else ()
    ):
        yield from places(part, (*place, key))


def replaced(tree, place, node):
    if not place:
        return node
    owner = tree
    for key in place[:-1]:
        owner = owner[key]
    owner[place[-1]] = node
    return tree


def assert_answered(path, members):
    path.write_bytes(packed(members))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answer = load_model(path)
        except ModelFileError as error:
            answer = str(error)
    assert isinstance(answer, KerasEstimator) or "\n" not in answer


@given(st.data())
def test_another_node_anywhere(saved, tmp_path_factory, data):
    members = dict(saved[data.draw(st.sampled_from(NAMES))])
    member = data.draw(st.sampled_from([n for n in members if n.endswith(".json")]))
    tree = json.loads(members[member])
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.sampled_from(list(places(tree))))
        tree = replaced(tree, place, data.draw(NODES))
    members[member] = json.dumps(tree).encode()
    assert_answered(tmp_path_factory.getbasetemp() / "forged", members)


@given(st.data())
def test_nodes_that_change_places(saved, tmp_path_factory, data):
    members = dict(saved[data.draw(st.sampled_from(NAMES))])
    tree, other = (json.loads(members[f"{n}.json"]) for n in ("estimator", "session"))
    source = data.draw(st.sampled_from([tree, other]))
    node = source
    for key in data.draw(st.sampled_from(list(places(source)))):
        node = node[key]
    node = json.loads(json.dumps(node))
    tree = replaced(tree, data.draw(st.sampled_from(list(places(tree)))), node)
    members["estimator.json"] = json.dumps(tree).encode()
    assert_answered(tmp_path_factory.getbasetemp() / "forged", members)


@given(st.data())
def test_other_bytes_anywhere(saved, tmp_path_factory, data):
    members = dict(saved[data.draw(st.sampled_from(NAMES))])
    member = data.draw(st.sampled_from(list(members)))
    content = bytearray(members[member])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    members[member] = bytes(content)
    assert_answered(tmp_path_factory.getbasetemp() / "forged", members)


def test_the_good_files_are_answered_with_estimators(saved, tmp_path):
    for members in saved.values():
        (tmp_path / "model").write_bytes(packed(members))
        assert isinstance(load_model(tmp_path / "model"), KerasEstimator)
        assert zipfile.is_zipfile(tmp_path / "model")
