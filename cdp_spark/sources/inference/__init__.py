"""Inference: the settings of a source, proposed from a sample of it."""
