"""A batch of a sparse matrix holds exactly its rows, whatever stands beside them."""

import numpy as np
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from estimators.engine.device_rows import chunks, place_rows


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 20),
    st.integers(1, 6),
    st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    st.integers(1, 50),
)
def test_a_batch_holds_its_rows(seed, row_count, width, density, batch_size):
    rng = np.random.default_rng(seed)
    cells = rng.normal(size=(row_count, width)).astype(np.float32)
    matrix = sparse.csr_array(np.where(rng.uniform(size=cells.shape) < density, cells, 0))
    ones = np.ones(row_count, np.float32)
    rows = place_rows({"numeric": matrix}, ones, ones, {}, batch_size).inputs["numeric"]
    # Batches follow each other in an order that begins anew where it ends, as epochs fill up.
    order = np.resize(rng.permutation(row_count), 3 * batch_size)
    for start in range(0, len(order), batch_size):
        chosen = order[start : start + batch_size]
        batch = rows.taken(tf.constant(chosen, tf.int32), width)
        dense = tf.scatter_nd(batch.indices, batch.values, batch.dense_shape)
        np.testing.assert_array_equal(dense, matrix.toarray()[chosen])


def test_chunks_of_a_call_have_one_size():
    matrix = sparse.random(3_000, 9, density=0.5, format="csr", random_state=0).astype(np.float32)
    found = list(chunks({"numeric": matrix}))
    assert len({tuple(len(part) for part in chunk["numeric"]) for _, chunk in found}) == 1
    dense = [
        sparse.csr_array((rows.values, rows.columns, rows.offsets), (len(rows.offsets) - 1, 9))
        for _, chunk in found
        for rows in chunk.values()
    ]
    whole = np.vstack([part.toarray()[:count] for part, (count, _) in zip(dense, found)])
    np.testing.assert_array_equal(whole, matrix.toarray())
