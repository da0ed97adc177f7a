"""The web page: photos dropped on it, their garments shown (``fashion-hls app``)."""
