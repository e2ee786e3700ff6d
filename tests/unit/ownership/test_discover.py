"""What analytics saw beside what places say: every plugin is one finding, with its evidence."""

import tarfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from factories import W46, snapshot
from plugin_digest.model import Absent, Flaw, FlawKind, Recipient, canonical_plugin
from plugin_digest.ownership.answer import Answer, Claim, Group
from plugin_digest.ownership.discover import discover, seen_in
from plugin_digest.ownership.findings import Evidence, Finding, Kind, Likely, Seen
from plugin_digest.ownership.joining import Told, ask
from plugin_digest.ownership.packages import FRONTEND_ROLE, Package
from plugin_digest.ownership.places import make_provider
from plugin_digest.ownership_settings import RepositoryOwnership

SHARED = Path(__file__).parents[3].parent / "shared" / "data" / "community-plugins.tar.gz"

RUNTIME_IDS = {
    "azure-devops": "azureDevOps",
    "azure-sites": "azureSites",
    "puppetdb": "puppetDb",
    "flux": "weaveworks-flux",
    "mend": "mend-plugin",
    "apiiro": "apiiro-plugin",
    "bitbucket-pull-requests": "bitbucket-pullrequests",
    "mta-frontend": "mta",
    "azure-storage-explorer": "azure-storage",
}
"""A package's id: the id that the plugin reports when it runs, where they differ."""


def seen(*plugins, views=10):
    return {canonical_plugin(plugin): Seen(1, W46, views) for plugin in plugins}


def told(place="repository", aliases=None, flaws=(), **owned):
    """A place's answer; ``owned`` maps an owner to plugins in one text."""
    pairs = [(plugin, owner) for owner, plugins in owned.items() for plugin in plugins.split()]
    claims = tuple(Claim(plugin, owner, f"{plugin}/catalog-info.yaml") for plugin, owner in pairs)
    return Told(place, Answer(claims, aliases=aliases or {}, flaws=tuple(flaws)))


def find(plugins, *answers, packages=()):
    """The findings by plugin."""
    findings = discover(seen(*plugins), answers, packages).findings
    assert len({finding.plugin for finding in findings}) == len(findings)
    return {finding.plugin: finding for finding in findings}


def word(plugin, owner, place="repository"):
    return (Evidence(place, owner, f"{plugin}/catalog-info.yaml"),)


def test_the_same_id_is_matched():
    """Ids are compared without case, and the evidence names place, owner and origin."""
    assert find(["puppetDb"], told(infra="PuppetDB")) == {
        "puppetdb": Finding("puppetdb", Kind.MATCHED, Seen(1, W46, 10), word("PuppetDB", "infra"))
    }


@pytest.mark.parametrize("package", ["azure-devops", "azure-sites", "bitbucket-pull-requests"])
def test_an_id_without_its_punctuation_is_an_alias(package):
    """The one plugin that is the same but for punctuation is offered as an alias, and counts as seen."""
    runtime = canonical_plugin(RUNTIME_IDS[package])
    assert find([runtime], told(cloud=package)) == {
        runtime: Finding(
            runtime,
            Kind.ALIAS,
            Seen(1, W46, 10),
            word(package, "cloud"),
            alias_of=package,
            how="the same but for punctuation",
        )
    }


@pytest.mark.parametrize(
    ("package", "how"),
    [
        ("flux", "weaveworks-flux ends with flux"),
        ("mend", "the same but for 'plugin'"),
        ("apiiro", "the same but for 'plugin'"),
        ("mta-frontend", "the same but for 'frontend'"),
        ("azure-storage-explorer", "azure-storage-explorer begins with azure-storage"),
    ],
)
def test_a_weaker_likeness_is_a_candidate_only(package, how):
    """The plugin stays without an owner, and the package's stays owned and never seen."""
    runtime = RUNTIME_IDS[package]
    assert find([runtime], told(cloud=package)) == {
        runtime: Finding(
            runtime,
            Kind.CANDIDATES,
            Seen(1, W46, 10),
            candidates=(Likely(package, how, word(package, "cloud")),),
        ),
        package: Finding(package, Kind.NEVER_SEEN, evidence=word(package, "cloud")),
    }


@pytest.mark.parametrize(
    ("plugin", "owned"),
    [
        ("kubernetes-cluster", "kubernetes"),
        ("catalog-graph", "catalog"),
        ("catalog", "catalog-graph"),
        ("search-insights", "search"),
        ("docs", "api-docs"),
        ("code-insights", "backstage-plugin-github-insights"),
    ],
)
def test_a_sibling_is_no_candidate(plugin, owned):
    """Backstage's own plugins are not offered for one another, and one common word is not enough."""
    found = find([plugin], told(cloud=owned))
    assert found[plugin].kind is Kind.NO_OWNER
    assert found[plugin].remark == "no place knows it"
    assert found[owned].kind is Kind.NEVER_SEEN


def test_what_was_seen_itself_is_nobody_elses_id():
    """A plugin that analytics reports under its own id is no candidate for one that is only a bit alike."""
    found = find(["weaveworks-flux", "flux"], told(gitops="flux"))
    assert found["flux"].kind is Kind.MATCHED
    assert (found["weaveworks-flux"].kind, found["weaveworks-flux"].candidates) == (Kind.NO_OWNER, ())


def test_both_spellings_seen_are_for_a_person_to_judge():
    """A portal between two frontend systems reports both ids: offered with that reserve, not applied."""
    found = find(["azureDevOps", "azure-devops"], told(cloud="azure-devops"))
    assert found["azure-devops"].kind is Kind.MATCHED
    assert found["azuredevops"].kind is Kind.CANDIDATES
    (likely,) = found["azuredevops"].candidates
    assert (likely.plugin, likely.how) == (
        "azure-devops",
        "the same but for punctuation; but it was seen itself",
    )


def test_two_equally_alike_are_both_listed():
    """Neither of two plugins is taken where nothing tells which one is meant."""
    found = find(["azuredevops"], told(cloud="azure-devops", other="azure-dev-ops"))
    assert found["azuredevops"].kind is Kind.CANDIDATES
    assert [likely.plugin for likely in found["azuredevops"].candidates] == ["azure-dev-ops", "azure-devops"]
    weak = find(["mend-plugin"], told(cloud="mend backstage-mend mend-renovate"))
    assert [likely.plugin for likely in weak["mend-plugin"].candidates] == ["backstage-mend", "mend"]


def test_one_plugin_may_be_seen_under_two_ids():
    """Both ids of one plugin that differ in punctuation only become its aliases."""
    found = find(["azuredevops", "azure_devops"], told(cloud="azure-devops"))
    assert {plugin: finding.alias_of for plugin, finding in found.items()} == {
        "azuredevops": "azure-devops",
        "azure_devops": "azure-devops",
    }


def test_a_package_that_is_somebodys_alias_is_no_candidate_for_others():
    """What has been found under another spelling is not offered once more."""
    found = find(["fluxcd", "weaveworks-flux-cd"], told(gitops="flux-cd"))
    assert found["fluxcd"].kind is Kind.ALIAS
    assert found["weaveworks-flux-cd"].kind is Kind.NO_OWNER


def test_a_plugin_with_a_package_of_its_own_is_nobodys_alias():
    """A checkout that holds a package of just this id knows that it is a plugin, though without an owner."""
    package = Package("mend-plugin", "@acme/plugin-mend", FRONTEND_ROLE, "plugins/mend-plugin")
    found = find(["mend-plugin"], told(cloud="mend"), packages=[package])
    assert found["mend-plugin"] == Finding(
        "mend-plugin", Kind.NO_OWNER, Seen(1, W46, 10), remark="plugins/mend-plugin has no owner"
    )


def test_frontend_packages_without_an_owner_are_listed():
    """Seen or not, with what is wrong with the owner that is named; backends and modules are no plugins."""
    flaw = Flaw(FlawKind.PLACEHOLDER_OWNER, "acr", "has the owner guest, who is nobody", "acr.yaml")
    packages = [
        Package("acr", "@acme/plugin-acr", FRONTEND_ROLE, "plugins/acr"),
        Package("acr-lib", "@acme/acr-backend", "backend-plugin", "plugins/acr-backend"),
        Package("app", "@acme/app", FRONTEND_ROLE, "app"),
    ]
    assert find([], told(flaws=[flaw]), packages=packages) == {
        "acr": Finding(
            "acr",
            Kind.NO_OWNER,
            remark="plugins/acr has no owner; acr has the owner guest, who is nobody (acr.yaml)",
        )
    }


def test_an_alias_that_is_in_use_stays_one():
    """Weeks from before the alias hold the id itself; the plugin counts as seen."""
    answers = (told("teams.yaml", {"old-ci": "jenkins"}), told(ci="jenkins"))
    (finding,) = find(["old-ci"], *answers).values()
    assert (finding.kind, finding.alias_of, finding.how) == (Kind.ALIAS, "jenkins", "an alias already")
    assert finding.owner == "ci"


def test_an_alias_of_a_plugin_without_an_owner():
    """It says whose alias it is, and nothing else is offered for it."""
    (finding,) = find(["old-ci"], told("teams.yaml", {"old-ci": "jenkins"})).values()
    assert (finding.kind, finding.remark) == (Kind.NO_OWNER, "an alias of jenkins, which nobody owns")


def test_the_first_place_counts_and_others_are_told():
    """Of several owners the first place's is the one; who else is named stands in the evidence, once."""
    answers = (
        told("teams.yaml", ci="jenkins"),
        told("repository", CI="jenkins", build="Jenkins"),
        told("catalog", build="jenkins"),
    )
    (finding,) = find(["jenkins"], *answers).values()
    assert finding.owner == "ci"
    assert [(one.place, one.owner) for one in finding.evidence] == [
        ("teams.yaml", "ci"),
        ("repository", "build"),
    ]


def test_views_of_no_plugin_have_no_owner_to_find():
    """root and app are pseudo ids, also where a package claims them."""
    assert find(["root", "app"], told(portal="app")) == {}


def test_nothing_seen_leaves_everything_never_seen():
    """Without a stored week every owned plugin is owned but never seen."""
    found = discover({}, [told(ci="jenkins github-actions")])
    assert [finding.kind for finding in found.findings] == [Kind.NEVER_SEEN] * 2
    assert found.weeks == ()


def test_the_most_viewed_come_first():
    """Within a kind by views, then by id; a count that is not known comes last."""
    plugins = {"b": 5, "c": 90, "a": 5, "z": Absent.HIDDEN}
    views = {plugin: Seen(1, W46, count) for plugin, count in plugins.items()}
    assert [finding.plugin for finding in discover(views, []).findings] == ["c", "a", "b", "z"]


def test_seen_is_counted_over_weeks():
    """Weeks with views, the last of them and the known views together; a week without any is no week."""
    weeks = [
        snapshot(W46.plus(-2), {"jenkins": (10, 2), "hidden": (Absent.HIDDEN, Absent.HIDDEN)}),
        snapshot(W46.plus(-1), {"jenkins": (5, 2), "idle": (0, 0), "mixed": (Absent.HIDDEN, 1)}),
        snapshot(W46, {"mixed": (7, 1), "hidden": (Absent.HIDDEN, Absent.HIDDEN)}),
    ]
    assert seen_in(weeks) == {
        "hidden": Seen(2, W46, Absent.HIDDEN),
        "jenkins": Seen(2, W46.plus(-1), 15),
        "mixed": Seen(2, W46, 7),
    }


@dataclass
class Place:
    """A place that knows plugins, groups, or both."""

    name: str
    answer: Answer = field(default_factory=Answer)
    known: dict[str, Group] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def packages(self):
        return ()

    def read(self, seen, packages=()):
        return self.answer

    def groups(self, owners):
        self.asked += owners
        return Answer(groups=tuple(self.known[owner] for owner in owners if owner in self.known))

    def check(self):
        return ()


def test_owners_of_one_place_are_looked_up_in_the_others():
    """A repository names the owner, the catalog knows who reads its mail."""
    repository = Place("repository", told(ci="jenkins").answer)
    group = Group("ci", "CI Platform", (Recipient("ci@acme.example", "group:default/ci"),), "catalog")
    catalog = Place("catalog", known={"ci": group})
    found = discover(seen("jenkins"), ask([repository, catalog], ["jenkins"]))
    assert found.places == ("repository", "catalog")
    assert found.team("CI").recipients == ("ci@acme.example",)
    assert catalog.asked == ["ci"]


@pytest.mark.skipif(not SHARED.is_file(), reason="the real repository lies beside this checkout only")
def test_every_frontend_plugin_of_a_real_repository_finds_its_owner(tmp_path):
    """Whomever CODEOWNERS or a catalog file names is found, under the ids that plugins report at run time."""
    with tarfile.open(SHARED) as archive:
        archive.extractall(tmp_path, filter="data")
    place = RepositoryOwnership(type="repository", path=tmp_path / "community-plugins")
    provider = make_provider(place, {})
    packages = provider.packages()
    frontends = {canonical_plugin(package.plugin): package for package in packages if package.is_frontend}
    found = discover(
        seen(*(RUNTIME_IDS.get(plugin, plugin) for plugin in frontends)), ask([provider], ()), packages
    )
    owned = {plugin for one in found.findings if one.owner for plugin in (one.plugin, one.alias_of)}
    named = {plugin for plugin, one in frontends.items() if one.catalog_owner or one.codeowners_owner}
    assert len(frontends) == 103
    assert len(named) == 103
    assert named <= owned
    assert Counter(one.kind for one in found.findings if one.seen) == {
        Kind.MATCHED: 96,
        Kind.ALIAS: 3,
        Kind.CANDIDATES: 4,
    }
    assert {one.plugin: one.candidates[0].plugin for one in found.of(Kind.CANDIDATES)} == {
        "weaveworks-flux": "flux",
        "mend-plugin": "mend",
        "apiiro-plugin": "apiiro",
        "azure-storage": "azure-storage-explorer",
    }
    words = {one.alias_of or one.plugin: one.evidence[0] for one in found.findings if one.owner}
    by_line = {plugin for plugin in named if ".github/CODEOWNERS line " in words[plugin].origin}
    assert (len(by_line), sum(bool(words[plugin].co_owners) for plugin in named)) == (41, 27)
    assert len(words["topology"].co_owners) == 10
    maintainers = {"maintainers", "community-plugins-maintainers"}
    assert sum(words[plugin].owner in maintainers for plugin in named) == 42


def test_a_plugin_whose_owner_was_refused_says_so():
    """A place knows it, and what became of the owner that it names is the evidence."""
    ghosts = Flaw(
        FlawKind.DANGLING_OWNER,
        "group:default/ghosts",
        "is named as the owner of Vault, kafka",
        "catalog acme",
        ("Vault", "kafka"),
    )
    unclear = Flaw(FlawKind.AMBIGUOUS_PLUGIN, "jenkins", "may belong to several", "x line 4", ("jenkins",))
    found = find(["vault", "jenkins", "other"], told(flaws=[ghosts, unclear]))
    assert {plugin: finding.remark for plugin, finding in found.items()} == {
        "vault": "group:default/ghosts is named as the owner of Vault, kafka (catalog acme)",
        "jenkins": "jenkins may belong to several (x line 4)",
        "other": "no place knows it",
    }
