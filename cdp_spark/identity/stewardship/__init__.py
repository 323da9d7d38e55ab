"""Stewardship: decisions of people, un-merge, and the limit of what a run may change."""
