"""What of a catalogue may be published: no more of a film than its de-identified header keeps.

Contracts, duplicates and the look back go by the whole catalogue, in memory and in the study's
private folder; what is withheld here is withheld from whoever reads the tables and the report.
"""

from typing import Final

import pyarrow as pa

from data_contracts.schemas import replaced
from tasks.deid.profile import Profile

# Columns of each option of PS3.15 Annex E that a study file may switch off.
_COLUMNS: Final = {
    "retain_patient_characteristics": ("patient_sex", "patient_age_years"),
    "retain_device_identity": ("manufacturer", "manufacturer_model_name"),
}


def withheld(profile: Profile) -> tuple[str, ...]:
    """Return the columns of the catalogue that a study's options keep back."""
    off = (columns for option, columns in _COLUMNS.items() if not getattr(profile, option))
    return tuple(column for columns in off for column in columns)


def as_published(table: pa.Table, profile: Profile) -> pa.Table:
    """Return a catalogue with nulls where an option keeps a column back.

    Parameters
    ----------
    table
        Table ``catalogue``.
    profile
        How the study's films are de-identified.
    """
    return replaced(
        table,
        **{name: pa.nulls(len(table), table.schema.field(name).type) for name in withheld(profile)},
    )
