"""Batteries of tests for what a plugin brings: subclass one, say what is yours, run pytest."""
