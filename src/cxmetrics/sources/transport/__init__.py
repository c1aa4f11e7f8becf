"""What stands behind `Http`: addresses, credentials, tries, limits. No adapter imports it."""
