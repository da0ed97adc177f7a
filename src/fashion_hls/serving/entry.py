"""What MLflow runs to make the model. It is copied with each, so it only names the class."""

from mlflow.models import set_model

from fashion_hls.serving.model import GarmentModel

set_model(GarmentModel())
