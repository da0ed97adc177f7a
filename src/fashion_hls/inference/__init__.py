"""Photos in, garments out: the paper's merged pipeline (§5.2.1, Figure 2) as people use it."""

import os

# ONNX Runtime's builds tell their maker of each process, unless this is set before they start.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
