"""Incremental resolution: only what changed sightings can affect is computed."""
