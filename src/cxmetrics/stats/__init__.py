"""Pure statistics over the evidence of a score; no rows, no input, no output."""
