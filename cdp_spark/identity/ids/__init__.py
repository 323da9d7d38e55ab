"""Ids: a stable customer id for each cluster, links of identifiers to it, and what changed."""
