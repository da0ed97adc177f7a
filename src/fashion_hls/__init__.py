"""fashion-hls: garments, categories and attributes by hierarchical label sharing."""

__version__ = "0.1.0"
