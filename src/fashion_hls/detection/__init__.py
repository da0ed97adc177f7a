"""Object-type detectors behind one contract."""
