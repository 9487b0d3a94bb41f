"""A report on stored runs: what it says (`content`), and how it is written (`html`, `markdown`)."""
