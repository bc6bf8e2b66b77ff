"""Build ``tasks/deid/iod_radiograph.json`` from highdicom's copy of PS3.3's tables.

    python benchmarks/deidentification/build_iod_table.py FOLDER

FOLDER holds ``iod_module_map.json`` and ``module_attribute_map.json`` of the package highdicom
(MIT; its ``highdicom/_standard``). Keywords and types are facts of the standard.
"""

import json
import sys
from pathlib import Path

IODS = {
    "1.2.840.10008.5.1.4.1.1.1": "computed-radiography-image",
    "1.2.840.10008.5.1.4.1.1.1.1": "digital-x-ray-image",
    "1.2.840.10008.5.1.4.1.1.1.1.1": "digital-x-ray-image",
    "1.2.840.10008.5.1.4.1.1.7": "secondary-capture-image",
    "1.2.840.10008.5.1.4.1.1.12.2": "x-ray-radiofluoroscopic-image",
}
# In the patient's module for thirty years, and so in most films there are.
FORMERLY = ("EthnicGroup",)
STRICTEST = ("1", "1C", "2", "2C", "3", "")
TARGET = Path(__file__).parents[2] / "tasks/deid/iod_radiograph.json"


def main(folder: Path) -> None:
    modules = json.loads((folder / "iod_module_map.json").read_text("utf-8"))
    attributes = json.loads((folder / "module_attribute_map.json").read_text("utf-8"))
    top: dict[str, dict[str, str]] = {}
    nested: dict[str, str] = {}
    keywords = {*FORMERLY}
    for sop_class, iod in IODS.items():
        types = top.setdefault(sop_class, {})
        for module in modules[iod]:
            for row in attributes[module["key"]]:
                keyword, kind = row["keyword"], row["type"] or ""
                keywords.add(keyword)
                key = "/".join([*row["path"][-1:], keyword])
                table = nested if row["path"] else types
                table[key] = min(table.get(key, ""), kind, key=STRICTEST.index)
    strict = ("1", "1C", "2", "2C")
    content = {
        "source": "DICOM PS3.3, by way of highdicom (MIT): keywords and types of the CR, DX, SC "
        "and XRF image IODs; a keyword without a type here is type 3",
        "keywords": sorted(keywords),
        "types": {
            uid: {k: v for k, v in sorted(types.items()) if v in strict}
            for uid, types in top.items()
        },
        "nested": {k: v for k, v in sorted(nested.items()) if v in strict},
    }
    TARGET.write_text(json.dumps(content, indent=0) + "\n", "utf-8")


main(Path(sys.argv[1]))
