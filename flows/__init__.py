"""What runs and in what order: Prefect flows and the ``aac`` command line. Thin on purpose."""
