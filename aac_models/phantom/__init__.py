"""Synthetic lateral lumbar radiographs whose landmarks and calcification are known."""
