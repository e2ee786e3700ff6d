"""`init`: the commented example configuration, to start from."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from plugin_digest.cli.console import write
from plugin_digest.errors import UsageError


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write it.")] = Path("config"),
) -> None:
    """Write the commented example configuration into DIR; nothing that exists is overwritten."""
    from plugin_digest.resources import examples_dir

    sources = sorted(path for path in examples_dir().iterdir() if path.suffix in {".yaml", ".json"})
    try:
        if existing := [path.name for path in sources if (directory / path.name).exists()]:
            raise UsageError(f"{directory}: {', '.join(existing)} exist already; nothing was written")
        directory.mkdir(parents=True, exist_ok=True)
        for path in sources:
            shutil.copyfile(path, directory / path.name)
    except OSError as error:
        raise UsageError(f"{directory}: cannot write the configuration there: {error.strerror}") from error
    for path in sources:
        write(str(directory / path.name))
    write(f"next: edit them, then run: plugin-digest --config {directory / 'digest.yaml'} check")
