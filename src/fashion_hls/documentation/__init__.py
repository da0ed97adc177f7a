"""The documentation site: what of it is drawn, computed or generated (``make docs``)."""
