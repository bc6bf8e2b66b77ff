"""The closed list of reasons for which a film is set aside, each with its remedy."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a film was quarantined, or why it could not be assessed."""

    NOT_DICOM = "not_dicom"
    UNREADABLE_FILE = "unreadable_file"
    CORRUPT = "corrupt"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    NOT_AN_IMAGE = "not_an_image"
    NOT_A_RADIOGRAPH = "not_a_radiograph"
    MULTI_FRAME = "multi_frame"
    NOT_GRAYSCALE = "not_grayscale"
    UNSUPPORTED_COMPRESSION = "unsupported_compression"
    UNDECODABLE_PIXELS = "undecodable_pixels"
    DECODER_DIED = "decoder_died"
    MISSING_ATTRIBUTE = "missing_attribute"
    HEADER_IMPLAUSIBLE = "header_implausible"
    WRONG_BODY_PART = "wrong_body_part"
    WRONG_VIEW = "wrong_view"
    IMAGE_QUALITY = "image_quality"
    NOT_LATERAL_LUMBAR = "not_lateral_lumbar"
    TEXT_NOT_CLEARED = "text_not_cleared"
    NOT_DEIDENTIFIED = "not_deidentified"
    CONFLICTING_DUPLICATE = "conflicting_duplicate"
    FILM_FAILED = "film_failed"

    @property
    def remedy(self) -> str:
        """What to do about it, one sentence."""
        return _REMEDIES[self]


_REMEDIES = {
    Reason.NOT_DICOM: "Remove the file from the center's folder, or export it again as DICOM.",
    Reason.UNREADABLE_FILE: "Give the study read access to the file, or deliver the file itself.",
    Reason.CORRUPT: "Export the film from the archive again.",
    Reason.TRUNCATED: "The file ends early: copy or export it again.",
    Reason.TOO_LARGE: "Header and size do not fit a radiograph: export the film again.",
    Reason.NOT_AN_IMAGE: "Nothing to do: the object holds no image.",
    Reason.NOT_A_RADIOGRAPH: "Nothing to do if unintended; only CR, DX and RG images are scored.",
    Reason.MULTI_FRAME: "Export the frames as single radiographs.",
    Reason.NOT_GRAYSCALE: "Export the original grayscale film, not a colour screenshot.",
    Reason.UNSUPPORTED_COMPRESSION: "Export the film uncompressed (Explicit VR Little Endian).",
    Reason.UNDECODABLE_PIXELS: "Export the film again, uncompressed if the archive can.",
    Reason.DECODER_DIED: "The film ended its worker: export it again, uncompressed.",
    Reason.MISSING_ATTRIBUTE: "Ask the sender for a complete object; the attribute is named here.",
    Reason.HEADER_IMPLAUSIBLE: "Check the attribute named here at its source.",
    Reason.WRONG_BODY_PART: "Nothing to do if unintended; release it in the study file if wrong.",
    Reason.WRONG_VIEW: "Nothing to do if unintended; release it in the study file if wrong.",
    Reason.IMAGE_QUALITY: "Look at the film; release it in the study file if it can be read.",
    Reason.NOT_LATERAL_LUMBAR: "Nothing to do if the film is no lateral lumbar radiograph.",
    Reason.TEXT_NOT_CLEARED: "Blank the text at the source, or declare its region for the device.",
    Reason.NOT_DEIDENTIFIED: "The film could not be cleaned safely: see the observed value.",
    Reason.CONFLICTING_DUPLICATE: "Two different films share one SOP Instance UID: ask the sender.",
    Reason.FILM_FAILED: "An unexpected fault: report it with the observed value.",
}
