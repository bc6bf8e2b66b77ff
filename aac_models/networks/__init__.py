"""The networks: where the vertebrae are, and how calcified the aorta in front of them is."""
