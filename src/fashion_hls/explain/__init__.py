"""What a classifier looks at: attention plots (Figure 3) and whether they are faithful."""
