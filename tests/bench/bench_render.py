"""Writing letters, as ratios within one run: against bare Jinja2 and against premailer for every mail.

Bare Jinja2 is the same templates, inlined beforehand, over the same ready views: subject, HTML and text,
with the filters that lay out the text part. The Renderer also puts the view together, which makes a letter
of a digest; it checks the letter and draws its pictures, of which bare Jinja2 does nothing. Each is timed on
its own, in CPU time.

    python tests/bench/bench_render.py
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plugin_digest.model import TeamDigest
from plugin_digest.render import Renderer
from plugin_digest.render.chart import draw
from plugin_digest.render.check import check_letter
from plugin_digest.render.html import html_environment, look, with_look
from plugin_digest.render.inline import inline
from plugin_digest.render.palette import EARLIER, channels
from plugin_digest.render.renderer import LIMITS, _Loader
from plugin_digest.render.words.team import team_view
from render_examples import SENDER, TEMPLATES, of_series

LETTERS = 500
PREMAILED = 40
ROUNDS = 7


def digests() -> list[TeamDigest]:
    """500 teams of one to twelve plugins, about six on average, no two alike."""
    return [
        of_series(
            {f"p{team}-{n}": [90 + (team * 7 + n * 13 + week * (5 + n)) % 400 for week in range(12)]
             for n in range(1 + team % 12)},
            name=f"Team {team}",
        )
        for team in range(LETTERS)
    ]  # fmt: skip


def per_letter_us(work: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    started = process_time()
    for each in inputs:
        work(each)
    return (process_time() - started) / len(inputs) * 1e6


def main() -> None:
    teams = digests()
    renderer = Renderer(TEMPLATES, **SENDER)
    templates, head = renderer._team, renderer._letterhead
    views = [team_view(digest, head, LIMITS[0]) for digest in teams]
    letters = [renderer.team(digest) for digest in teams]
    source = _Loader(TEMPLATES, head).read("digest.html.j2")
    values = look(head.brand.accent, head.brand.accent_dark, head.language.direction)
    raw = html_environment().from_string(with_look(source, values))

    def bare(view: Any) -> None:
        templates.subject.render(view=view)
        templates.html.render(view=view)
        templates.text.render(view=view)

    def premailed(view: Any) -> None:
        templates.subject.render(view=view)
        inline(raw.render(view=view))
        templates.text.render(view=view)

    def pictures(view: Any) -> None:
        for drawing in view.drawings.values():
            draw(drawing, templates.tone, channels(EARLIER))

    jobs: dict[str, tuple[Callable[[Any], object], Sequence[Any]]] = {
        "bare": (bare, views),
        "view": (lambda digest: team_view(digest, head, LIMITS[0]), teams),
        "check": (check_letter, letters),
        "pictures": (pictures, views),
        "whole": (renderer.team, teams),
        "premailed": (premailed, views[:PREMAILED]),
    }
    rounds = [{name: per_letter_us(*job) for name, job in jobs.items()} for _ in range(ROUNDS)]

    def ratio(*names: str) -> float:
        return median(sum(each[name] for name in names) / each["bare"] for each in rounds)

    plugins = sum(len(team.plugins) for team in teams) / LETTERS
    size = sum(len(letter.html.encode()) for letter in letters) / LETTERS / 1000
    print(f"rendering {LETTERS} digests of {plugins:.1f} plugins on average, {size:.0f} kB of HTML each")
    print(f"  bare Jinja2: subject, HTML, text          1.00  ({median(r['bare'] for r in rounds):.0f} µs)")
    print(f"  with the view (wording, numbers)          {ratio('bare', 'view'):.2f}  (aim: at most 2)")
    print(f"  and the check of every letter             {ratio('bare', 'view', 'check'):.2f}")
    print(f"  and the pictures: all of Renderer.team    {ratio('whole'):.2f}")
    print(f"  premailer for every mail, no pictures    {ratio('premailed'):.2f}")


if __name__ == "__main__":
    main()
