import pyarrow as pa
import pytest

from tasks.on_disk import mapped


@pytest.mark.parametrize("n", [0, 1, 5000])
def test_a_mapped_table_is_the_same_and_leaves_no_file_behind(tmp_path, n):
    table = pa.table({"name": pa.array([f"I-{i}" for i in range(n)], pa.string())})
    table = table.replace_schema_metadata({"unit": "none"})
    before = pa.total_allocated_bytes()
    found = mapped(table, tmp_path)
    assert pa.total_allocated_bytes() - before < 10_000
    assert found.equals(table, check_metadata=True)
    assert not list(tmp_path.iterdir())
