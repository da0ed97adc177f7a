"""A bundle as an MLflow model: base64 photos in, garments as JSON out (docs/serving.md)."""
