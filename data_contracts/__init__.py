"""What must hold at each boundary: study file, table schemas, expectation suites."""
