"""Clusters: connected components of the edges, within the limits of what one person can have."""
