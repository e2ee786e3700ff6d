"""Where a template went wrong: it is read again as it lies in its files, so that its lines can be told.

Letters are written from templates whose parts are put in place and whose CSS is inlined; their lines are no
file's.
"""

import traceback
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from plugin_digest.render.layout import View


def place_of_failure(
    folders: Sequence[Path], name: str, environment: Environment, view: View
) -> tuple[str, Exception] | None:
    """The file and line at which the template of this name fails, and why; None where it does not."""
    environment.loader = FileSystemLoader(list(map(str, folders)))
    try:
        environment.get_template(name).render(view=view)
    except Exception as error:  # noqa: BLE001 - whatever a template raises is what is looked for
        frames = traceback.extract_tb(error.__traceback__)
        inside = [frame for frame in frames if _is_in(folders, frame.filename)]
        place = f"{inside[-1].filename}:{inside[-1].lineno}" if inside else name
        return place, error
    return None


def _is_in(folders: Sequence[Path], filename: str) -> bool:
    return any(Path(filename).is_relative_to(folder) for folder in folders)
