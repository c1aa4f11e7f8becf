"""Journeys: what customers did, what they felt on the way, and what became of it."""
