"""Definitions that several rooms share: identifier rules, time windows, conditions from conf."""
