"""Questions that the paper leaves open, answered by many small trainings on frozen features."""
