"""Training of the localizer and the three arms, from phantoms or a group's own films."""
