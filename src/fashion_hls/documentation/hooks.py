"""MkDocs' hooks (named in mkdocs.yml): generated pages, links, equations."""

from __future__ import annotations

from typing import Any

from fashion_hls.documentation.equations import with_equations
from fashion_hls.documentation.pages import api_navigation, generated_pages, with_site_links


def on_config(config: Any) -> Any:
    """Put the API's pages below the reference: a new package needs no line in mkdocs.yml."""
    reference = next(entry["Reference"] for entry in config.nav if "Reference" in entry)
    reference.append({"API": api_navigation()})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that only the site has."""
    from mkdocs.structure.files import File

    for path, text in generated_pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links as the site has them, equations drawn."""
    return with_equations(with_site_links(markdown, page.file.src_uri))
