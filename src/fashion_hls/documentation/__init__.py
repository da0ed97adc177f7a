"""The documentation site: what of it is drawn, computed or generated from the code (``make docs``)."""
