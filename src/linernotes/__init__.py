"""Who produced every track of an artist, and where those people can be reached, with proof."""

__version__ = "0.1.0"
