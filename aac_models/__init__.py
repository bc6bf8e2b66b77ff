"""The science: the Kauppila protocol, the networks, their training and their phantom."""
