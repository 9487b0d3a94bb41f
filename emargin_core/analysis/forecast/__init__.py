"""What stored runs let one expect at a setting that has not been measured."""
