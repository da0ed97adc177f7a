"""One module an architecture: its class is ``DETECTOR``, its options ``DETECTOR.Options``."""
