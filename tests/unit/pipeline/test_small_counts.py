"""The limit below which counts are hidden holds for what a digest is judged by, too."""

from factories import W46
from plugin_digest.diff import PrivacyLimits, team_digest
from plugin_digest.model import Ownership
from plugin_digest.plan import Choices
from plugin_digest.reading import read_series
from unit.pipeline.weekly_job import Job, MadeUpSource, week


def test_what_is_usual_does_not_tell_what_is_hidden(sqlite_store, renderer):
    """Weeks of one view and of four are the same weeks to a digest that hides counts below five."""
    found = {}
    for views in (1, 4):
        job = Job(sqlite_store, renderer, MadeUpSource())
        for back in range(6):
            sqlite_store.snapshots.add(week(W46.plus(-back), jenkins=views if back else 40, techdocs=200))
        choices = Choices(privacy=PrivacyLimits(plugins=5))
        series = read_series(W46, Ownership(job.teams), choices, sqlite_store)
        (team,) = (each for each in job.teams if "jenkins" in each.plugins)
        plugins = {plugin.plugin: plugin for plugin in team_digest(series, team).plugins}
        found[views] = plugins["jenkins"].views_judgement
    assert found[1].usual is not None
    assert found[1] == found[4]
