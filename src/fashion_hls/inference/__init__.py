"""Photos in, garments out: the paper's merged pipeline (§5.2.1, Figure 2) as people use it."""
