"""From a pilot to a decision: setting, costs, labels from the field, verdict, and its record."""
