"""Metrics computed from predictions: COCO, top-k, recall, imbalance, intervals."""
