"""Verbatims: what customers say in their own words, and what it has to do with the score."""
