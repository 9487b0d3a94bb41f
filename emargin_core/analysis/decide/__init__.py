"""From a pilot to a decision: setting, costs, independent labels, verdict, and its record."""
