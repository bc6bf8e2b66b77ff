"""Where the parts of a study lie on disk."""

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from data_contracts.errors import StudyError


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """The folder that holds ``study.yaml`` and all that a study writes.

    Attributes
    ----------
    root
        Folder of the study file.
    """

    root: Path

    @property
    def private(self) -> Path:
        """Key and crosswalk: the only place where identifiers live, mode 0700."""
        return self.root / "private"

    @property
    def deidentified(self) -> Path:
        """Clean films, ``center=A/<patient_id>/<image_id>.dcm``."""
        return self.root / "deidentified"

    @property
    def results(self) -> Path:
        """Parquet tables and the DuckDB views over them."""
        return self.root / "results"

    @property
    def runs(self) -> Path:
        """One folder a run: its manifest and summary."""
        return self.root / "runs"

    @property
    def work(self) -> Path:
        """Staged shards of runs in progress, kept for resuming."""
        return self.root / "runs" / "work"

    @property
    def prefect(self) -> Path:
        """Home of the embedded Prefect server."""
        return self.root / "runs" / "prefect"

    @property
    def reports(self) -> Path:
        """One folder a run: HTML, PDF and figures."""
        return self.root / "reports"

    def film(self, center: str, patient_id: str, image_id: str) -> Path:
        """Place of a clean film."""
        return self.deidentified / f"center={center}" / patient_id / f"{image_id}.dcm"

    def prepare(self) -> None:
        """Make the folders, ``private`` for its owner alone.

        Raises
        ------
        StudyError
            One of them cannot be made, or not be written into.
        """
        for folder in (self.private, self.deidentified, self.results, self.work, self.reports):
            mode = 0o700 if folder == self.private else 0o777
            try:
                folder.mkdir(mode=mode, parents=True, exist_ok=True)
                with TemporaryFile(dir=folder):
                    pass
            except OSError as fault:
                why = os.strerror(fault.errno or 0)
                raise StudyError(
                    f"{folder.relative_to(self.root)}: cannot be written into ({why}); give the "
                    "study a folder of its own there, with write access and room"
                ) from None
        self.private.chmod(0o700)
