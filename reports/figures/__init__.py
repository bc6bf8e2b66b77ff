"""One figure a module, drawn from tables, in vector form."""
