import pytest

from factories import W46
from plugin_digest.render import Renderer
from render_examples import SENDER, TEMPLATES
from unit.pipeline.weekly_job import Job, MadeUpSource, week


@pytest.fixture(scope="session")
def renderer():
    return Renderer(TEMPLATES, **SENDER)


@pytest.fixture
def job(sqlite_store, renderer):
    """Two teams and two weeks: 40 and 60 views of jenkins, 200 and 300 of techdocs."""
    before = week(W46.plus(-1), jenkins=40, sonarqube=24, techdocs=200)
    return Job(
        sqlite_store, renderer, MadeUpSource(before, week(W46, jenkins=60, sonarqube=24, techdocs=300))
    )
