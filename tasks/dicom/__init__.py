"""From a DICOM data set to a ``Radiograph`` and back."""
