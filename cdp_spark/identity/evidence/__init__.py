"""Evidence: the role of each identifier, and the edges between those that one event shows."""
