"""The two workflows of the paper's Figure 1, drawn anew for README and docs/method.md.

``python -m fashion_hls.documentation.workflows`` writes them; a test holds files and code together.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fashion_hls.documentation.diagram import SHARED, Box, Sheet

PICTURES: Final = Path("docs/pictures")


def single_task() -> Sheet:
    """Baseline STL, and STL w/ HLS where the dashed lines are added (Figure 1a)."""
    sheet = Sheet(
        1000,
        418,
        "Workflow of Baseline STL and STL w/ HLS",
        "A detector finds object type and box in the photo. The crop goes through two networks of "
        "encoder, global average pooling and dense layer: one for the category, one for the "
        "attributes. With HLS the type's embedding is concatenated to the features of the first, "
        "the predicted category's embedding to those of the second.",
    )
    detector, crop = _first_stage(sheet)
    sheet.frame((308, 16), (676, 178), "category network")
    sheet.frame((308, 210), (676, 166), "attribute network")
    category = _branch(sheet, 150, "softmax", "category", crop)
    attributes = _branch(sheet, 334, "sigmoid", "attributes", crop)
    embedded = sheet.box((640, 70), (150, 46), "embedding\nof the object type", "label")
    sheet.arrow(detector.top, (detector.x, 70), embedded.left, shared=True)
    sheet.arrow(embedded.bottom, category["joined"].top, shared=True)
    shared = sheet.box((640, 252), (150, 46), "embedding\nof the category", "label")
    out = category["output"]
    sheet.arrow(out.bottom, (out.x, shared.y), shared.right, shared=True)
    sheet.arrow(shared.bottom, attributes["joined"].top, shared=True)
    _legend(sheet, 402)
    return sheet


def multi_task() -> Sheet:
    """MTL w/ RNN + VA: one encoder, attention, two steps of a GRU (Figure 1b)."""
    sheet = Sheet(
        1000,
        436,
        "Workflow of MTL w/ RNN + VA",
        "A detector finds object type and box in the photo. One encoder turns the crop into a "
        "vector for each position. Attention weighs them into a context, which a recurrent cell "
        "reads together with a shared label: with the object type at the first step, whose state "
        "gives the category, with the predicted category at the second, whose state gives the "
        "attributes.",
    )
    detector, crop = _first_stage(sheet)
    encoder = sheet.box((206, 340), (116, 58), "encoder\nn positions\nof d features", "network")
    sheet.arrow(crop.bottom, encoder.top)
    sheet.frame((308, 16), (326, 382), "step 1: category")
    sheet.frame((658, 16), (326, 382), "step 2: attributes")
    first = _step(sheet, 482, ("object type", "E_o"), ("c_1", "h_1"), ("softmax", "category"))
    second = _step(sheet, 832, ("category", "E_c"), ("c_2", "h_2"), ("sigmoid", "attributes"))
    sheet.arrow(encoder.right, first["attention"].left)
    sheet.arrow(
        encoder.bottom, (encoder.x, 386), (second["attention"].x, 386), second["attention"].bottom
    )
    sheet.text((318, 236), "h_0 = 0")
    sheet.arrow((318, 244), first["cell"].left)
    sheet.arrow((318, 244), (318, 326), (first["attention"].left[0], 326))
    sheet.arrow(first["cell"].right, second["cell"].left)
    sheet.text((600, 236), "h_1")
    sheet.arrow((672, 244), (672, 340), second["attention"].left)
    sheet.arrow(detector.top, (detector.x, 92), first["embedded"].left, shared=True)
    sheet.arrow(first["output"].right, second["embedded"].left, shared=True)
    _legend(sheet, 420)
    return sheet


def _first_stage(sheet: Sheet) -> tuple[Box, Box]:
    """Photo, detector and crop, at the left of both pictures."""
    photo = sheet.box((62, 164), (80, 46), "photo", "data")
    detector = sheet.box((206, 164), (116, 62), "detector\nobject type\nand box", "network")
    crop = sheet.box((206, 252), (116, 46), "crop\naugmented", "data")
    sheet.arrow(photo.right, detector.left)
    sheet.arrow(detector.bottom, crop.top)
    return detector, crop


def _branch(sheet: Sheet, y: float, activation: str, output: str, crop: Box) -> dict[str, Box]:
    """One single-task network: encoder to output, fed by the crop."""
    encoder = sheet.box((376, y), (96, 46), "encoder", "network")
    pooled = sheet.box((508, y), (110, 46), "global average\npooling", "network")
    joined = sheet.box((640, y), (98, 46), "concatenate", "network")
    dense = sheet.box((770, y), (100, 46), f"dense\n{activation}", "network")
    result = sheet.box((906, y), (112, 46), output, "output")
    sheet.arrow(crop.right, (288, crop.y), (288, y), encoder.left)
    for one, other in ((encoder, pooled), (pooled, joined), (joined, dense), (dense, result)):
        sheet.arrow(one.right, other.left)
    return {"joined": joined, "output": result}


def _step(
    sheet: Sheet,
    x: float,
    label: tuple[str, str],
    names: tuple[str, str],
    result: tuple[str, str],
) -> dict[str, Box]:
    """One step of the decoder, around its middle ``x``."""
    context, state = names
    activation, output = result
    place = x - 50
    embedded = sheet.box(
        (place, 92), (140, 46), f"embedding {label[1]}\nof the {label[0]}", "label"
    )
    cell = sheet.box((place, 244), (140, 58), f"GRU\nstate {state}", "network")
    attention = sheet.box((place, 340), (140, 50), f"attention\ncontext {context}", "network")
    dense = sheet.box((x + 90, 168), (96, 62), f"two dense\nlayers\n{activation}", "network")
    out = sheet.box((x + 90, 92), (96, 46), output, "output")
    sheet.arrow(embedded.bottom, cell.top, shared=True)
    sheet.arrow(attention.top, cell.bottom)
    sheet.arrow(cell.right, (dense.x, cell.y), dense.bottom)
    sheet.arrow(dense.top, out.bottom)
    return {"embedded": embedded, "cell": cell, "attention": attention, "output": out}


def _legend(sheet: Sheet, y: float) -> None:
    sheet.arrow((24, y - 5), (70, y - 5), shared=True)
    sheet.text((80, y), "hierarchical label sharing: a predicted label, embedded", colour=SHARED)


DRAWN: Final = {"workflow_stl.svg": single_task, "workflow_mtl.svg": multi_task}


def write(folder: Path = PICTURES) -> None:
    """Write both pictures."""
    for name, draw in DRAWN.items():
        (folder / name).write_text(draw().svg(), encoding="utf-8")


if __name__ == "__main__":
    write()
