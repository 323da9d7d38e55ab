"""Kinds of value: one file each, Column in and Column out; the ground everything stands on.

Always true: pure expressions, null where a value can't be what it claims to be.
"""
