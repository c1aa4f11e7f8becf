"""The embedded store: what was pulled, kept so that it can be measured and defended."""
