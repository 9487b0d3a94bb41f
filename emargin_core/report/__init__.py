"""Reports on stored runs: their content (`content`) and their formats (`html`, `markdown`)."""
