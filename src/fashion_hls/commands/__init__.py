"""The commands of ``fashion-hls``, a module each or for a few that belong together."""
