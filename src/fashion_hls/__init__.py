"""fashion-hls: garments, categories and attributes by hierarchical label sharing."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fashion_hls.inference.pipeline import Pipeline as Pipeline

__version__ = "0.1.0"
__all__ = ["Pipeline", "__version__"]


def __getattr__(name: str) -> Any:
    """``fashion_hls.Pipeline``, imported when it is asked for: every stage imports this package."""
    if name == "Pipeline":
        from fashion_hls.inference.pipeline import Pipeline

        return Pipeline
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
