"""The taxonomy of the paper's catalogue: Table 2's attributes, and the clusters of Table 6."""
