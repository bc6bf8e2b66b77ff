"""The parts of a report, one a module: each turns the view of a scope into blocks."""
