"""Ours beside what one machine can do without Spark: same rows, same answers, one JSON object.

Not tests of correctness: `test_*.py` here only see to it that the measurements can be believed.
"""
