"""Readers of the datasets, the sample generator, balancing and the image store."""
