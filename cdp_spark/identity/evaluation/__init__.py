"""Evaluation: how well people were found, and what must hold on any lake."""
