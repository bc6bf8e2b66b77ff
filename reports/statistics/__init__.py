"""Agreement statistics: pure functions over arrays. Imports nothing else of this project."""
