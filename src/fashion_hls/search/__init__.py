"""Hyper-parameter search for the classifiers, on the validation split (paper §3.2.2)."""
