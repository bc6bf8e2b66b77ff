"""Nothing that names a person can be in a report: only what the tables' columns allow enters."""

import re
import zlib
from dataclasses import replace

from reports.render import render
from tests.reports.report_builders import a_study

PLANTED = "SCHNEIDER^ELFRIEDE"


def _streams(pdf: bytes) -> bytes:
    """A PDF's own bytes with every stream unpacked."""
    found = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, flags=re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"".join(found)


def test_paths_and_keys_of_study_and_manifest_that_no_one_asked_for_stay_out(tmp_path):
    inputs = a_study({"A": 6})
    centers = {
        name: {**said, "dicom": f"/data/{PLANTED}"}
        for name, said in inputs.study["centers"].items()
    }
    study = {**inputs.study, "centers": centers, "annotations": f"/data/{PLANTED}.csv",
             "cluster": {"address": PLANTED}, "release": [PLANTED]}  # fmt: skip
    manifest = {**inputs.manifest, "host": PLANTED, "timings_s": {PLANTED: 1.0}, "user": PLANTED}
    written = render(replace(inputs, study=study, manifest=manifest), tmp_path)
    patients = set(inputs.tables["predictions"]["patient_id"].to_pylist())
    for path in written:
        content = path.read_bytes()
        content = _streams(content) if path.suffix == ".pdf" else content
        assert PLANTED.encode() not in content, path.name
        assert b"SCHNEIDER" not in content, path.name
        assert str(tmp_path).encode() not in content, path.name
        assert not any(name.encode() in content for name in patients), path.name
