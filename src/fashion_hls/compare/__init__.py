"""Recorded runs side by side: which, their figures, their settings, and whether they compare."""
