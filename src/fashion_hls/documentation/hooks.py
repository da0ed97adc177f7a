"""MkDocs' hooks (named in mkdocs.yml): generated pages, links, equations."""

from __future__ import annotations

from typing import Any

from fashion_hls.documentation.equations import with_equations
from fashion_hls.documentation.pages import generated_pages, with_site_links


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that only the site has."""
    from mkdocs.structure.files import File

    for path, text in generated_pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Links as the site has them, equations drawn."""
    return with_equations(with_site_links(markdown, page.file.src_uri))
