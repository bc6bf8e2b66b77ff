"""Which side of the image the patient faces, as far as the header says."""

from pydicom.dataset import Dataset

from aac_models.radiograph import Side
from tasks.dicom.elements import texts


def anterior_side(ds: Dataset) -> Side | None:
    """Return the side of the image that shows the patient's front.

    PatientOrientation names the direction of the rows first: A means that columns run towards the
    front (PS3.3 C.7.6.1.1.1). ViewPosition (LL, RL) says where the detector stood, not how the
    film is displayed, and is not used. Films lying on their side are not claimed either.
    """
    along_row = texts(ds, "PatientOrientation")[:1]
    if not along_row:
        return None
    if along_row[0].startswith("A"):
        return Side.RIGHT
    return Side.LEFT if along_row[0].startswith("P") else None
