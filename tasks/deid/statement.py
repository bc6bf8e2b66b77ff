"""The conformance statement of one profile, generated from the code that applies it."""

from tasks.deid.actions import Action, describe
from tasks.deid.profile import CODES, Profile
from tasks.deid.pseudonyms import MAX_SHIFT_DAYS, MIN_SHIFT_DAYS
from tasks.deid.rules import edition

_BASIS = (
    "DICOM PS3.15 Annex E, Table E.1-1 of edition {edition}, with default deny: an attribute stays "
    "only if an image IOD of a radiograph defines it."
)
_ALWAYS = (
    "Always: patients and UIDs become keyed pseudonyms (HMAC-SHA-256, patients by center and "
    "issuer, UIDs under 2.25); private, unregistered, curve and overlay groups, icons, signatures, "
    "embedded documents and original attributes are removed; preamble, file meta and pixel data "
    "are written anew, so that trailing bytes, unused bits and comments of a code stream have "
    "nowhere to stay. Objects that are not single grayscale images are refused, and films whose "
    "pixel values spell an identifier. Each film is read again before it gets its name."
)
_DATES = {
    "shift": f"shifted by a constant of {MIN_SHIFT_DAYS} to {MAX_SHIFT_DAYS} days a patient into "
    "the past; times of day and zones stay, so that intervals are exact; what everybody knows, and "
    "could tell the shift, is not moved: what stands for no day goes, the edition of a list of "
    "codes is replaced",
    "remove": "removed",
    "keep": "kept; birth dates are not",
}
_PIXELS = {
    "clean": "burned-in text is found by a small network and blanked with a margin; side and view "
    "markers stay; all other pixels are bit-exact; 113101 is claimed and (0028,0301) reads NO",
    "keep": "left as they are; nothing is claimed about burned-in text",
}
_FLAGS = (
    ("clean_descriptors", "free text is cut down to a list of clinical words"),
    ("clean_graphics", "overlays, curves and graphics are removed altogether"),
    ("clean_structured_content", "acquisition context is cleaned item by item, else removed"),
    ("retain_patient_characteristics", "sex, age (090Y from 90 on), size, weight and alike stay"),
    ("retain_device_identity", "manufacturer, model and software version stay"),
    ("retain_serial_numbers", "serial numbers and names of devices and stations stay"),
    ("retain_institution_identity", "the institution stays"),
    ("retain_uids", "UIDs stay, unless a part is a number of the film's people or one of its days"),
    ("retain_safe_private", "numbers of Table E.3.10-1, and those named, stay"),
)


def statement(profile: Profile) -> str:
    """Say what the profile does, option by option, in Markdown.

    Parameters
    ----------
    profile
        The study's profile.
    """
    lines = [
        "# De-identification conformance statement",
        "",
        _BASIS.format(edition=edition()),
        "",
        f"Policy digest: `{profile.digest}`",
        "",
        "## Claimed in (0012,0064)",
        "",
        "| code (DCM) | meaning |",
        "| --- | --- |",
        *(f"| {CODES[name][0]} | {CODES[name][1]} |" for name in profile.options),
        "",
        "## Options",
        "",
        "| option | set | what it does |",
        "| --- | --- | --- |",
        *(f"| {name} | {_yes(getattr(profile, name))} | {words} |" for name, words in _FLAGS),
        f"| dates | {profile.dates} | {_DATES[profile.dates]} |",
        f"| pixels | {profile.pixels} | {_PIXELS[profile.pixels]} |",
        f"| device_regions | {len(profile.device_regions)} | declared regions, blanked always |",
        "",
        "## Actions",
        "",
        *(f"- **{action}**: {describe(action)}" for action in Action),
        "",
        _ALWAYS,
    ]
    return "\n".join(lines) + "\n"


def _yes(flag: object) -> str:
    """Say whether an option is on."""
    return "yes" if flag else "no"
