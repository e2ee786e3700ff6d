import pytest

from plugin_digest.render import Renderer
from render_examples import SENDER, TEMPLATES


@pytest.fixture(scope="session")
def renderer():
    return Renderer(TEMPLATES, **SENDER)
