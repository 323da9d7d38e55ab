"""Ownership: who used a shared device or a reassigned number, from when to when."""
