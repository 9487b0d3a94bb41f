"""Parquet is read by what it declares, and refused before it unfolds."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emargin_core.text.errors import InputError
from tests.emargin_core.datasets.tables.made import load, table, write


def test_nested_parquet_columns_are_not_channels(tmp_path):
    path = tmp_path / "d.parquet"
    signal = pa.array(np.sin(np.arange(100.0)))
    pq.write_table(pa.table({"x": signal, "deep": pa.array([[1.0]] * 100)}), path)
    assert load(path, rate=25.0, channels=None).channel_names == ("x",)


def test_parquet_dictionary_bomb_is_refused_before_it_unfolds(tmp_path):
    path = tmp_path / "d.parquet"
    label = pa.DictionaryArray.from_arrays(np.zeros(200_000, np.int32), ["z" * 5_000_000])
    pq.write_table(pa.table({"x": np.zeros(200_000), "label": label}), path)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(InputError, match="'label' has a text of 5,000,000 bytes"):
        load(path)


def test_parquet_with_categories_flags_and_decimals_is_read(tmp_path):
    frame = table().astype({"label": "category", "recording": "category"})
    path = tmp_path / "d.parquet"
    content = pa.Table.from_pandas(frame, preserve_index=False)
    content = content.set_column(3, "x", content["x"].cast(pa.decimal128(9, 2)))
    pq.write_table(content, path)
    assert load(path).fingerprint == load(tmp_path / write(tmp_path, table())).fingerprint
