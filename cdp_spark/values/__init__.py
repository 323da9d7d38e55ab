"""Kinds of value: one file each, Column in and Column out; every room may use them.

Always true: pure expressions, null where a value is invalid.
"""
