"""The second look: an independent search for what de-identification should have removed.

It shares no code with the cleaner (an import contract holds that) and trusts nothing it wrote: it
reads every file that a study may show to others, from disk, and holds names, elements, bytes,
tables and pictures against the originals from the encrypted crosswalk.
"""

from tasks.verify.findings import Finding
from tasks.verify.looking import VerifyResult, verify, verify_all
from tasks.verify.signing import is_signed_by, sign

__all__ = ["Finding", "VerifyResult", "is_signed_by", "sign", "verify", "verify_all"]
