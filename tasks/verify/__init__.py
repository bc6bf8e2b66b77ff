"""The second look: an independent search for what de-identification should have removed.

It shares no code with the cleaner (an import contract holds that) and trusts nothing it wrote: it
reads every file that a study may show to others, from disk, and holds names, elements, bytes,
tables and pictures against the originals from the encrypted crosswalk.
"""

from tasks.verify.findings import Finding
from tasks.verify.looking import Originals, VerifyResult, verify, verify_all
from tasks.verify.one_film import Allowed, look_at_written
from tasks.verify.signing import is_signed_by, sign
from tasks.verify.spelling import words_of

__all__ = [
    "Allowed",
    "Finding",
    "Originals",
    "VerifyResult",
    "is_signed_by",
    "look_at_written",
    "sign",
    "verify",
    "verify_all",
    "words_of",
]
