"""Visitors without a browser, to put load on the served page."""
