"""``python -m plugin_digest`` is the command ``plugin-digest``."""

from plugin_digest.cli import main

main()
