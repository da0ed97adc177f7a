"""A shop's own data: photos with drawn boxes, and products with a category and attributes.

One folder holds ``images/`` and three tables; docs/data.md shows them. ``taxonomy.csv`` says of
each category which object type it is; boxes and products use its names.
"""

from fashion_hls.data.catalogue.boxes import read_catalogue_boxes
from fashion_hls.data.catalogue.products import read_catalogue_products
from fashion_hls.data.catalogue.tables import FOLDER

__all__ = ["FOLDER", "read_catalogue_boxes", "read_catalogue_products"]
