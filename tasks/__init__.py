"""The steps of a study, each a plain function over paths, tables and arrays."""
