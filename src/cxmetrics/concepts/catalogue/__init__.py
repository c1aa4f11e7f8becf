"""The concepts, one file each."""
