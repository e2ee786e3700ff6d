"""Who reads which digest, and who is left out."""

from dataclasses import replace

from factories import team
from plugin_digest.audience import OptOutBook, Rules, audiences, portal_readers
from plugin_digest.model import Cadence, OptOut, Ownership, Recipient

JANE = "jane@acme.example"


def plugins(*ids):
    return frozenset(ids)


def made(*teams, opt_outs=(), had=(), **rules):
    return audiences(Ownership(teams), Rules(**rules), opt_outs, had)


def told(audience):
    """Address to why it is left out."""
    return {reader.address: reader.left_out for reader in audience.readers}


CI = team("ci", recipients=(JANE, "ci@acme.example"), plugins=plugins("jenkins"))
WEB = team("web", recipients=("Jane@ACME.example ",), plugins=plugins("techdocs"))
DOCS = team("docs", recipients=("docs@acme.example",), plugins=plugins("adr"))


def test_everybody_reads_with_the_origin_of_the_address():
    """Where an address is not told apart, its team's origin is its own."""
    one = team(
        "ci", recipients=(JANE, "b@acme.example"), recipient_origins={JANE: "member user:default/jane"}
    )
    (audience,) = made(one)
    assert [(r.address, r.origin) for r in audience.readers] == [
        (JANE, "member user:default/jane"),
        ("b@acme.example", "teams.yaml"),
    ]


def test_an_address_is_written_to_once_whatever_its_case_and_blanks():
    """The second one is shown as what it is: a duplicate (matomo-org/matomo#14474)."""
    one = team("ci", recipients=("Jane@acme.example", " jane@ACME.example ", JANE))
    assert [reader.left_out for reader in made(one)[0].readers] == [
        "",
        "duplicate of Jane@acme.example",
        "duplicate of Jane@acme.example",
    ]


def test_whom_the_places_leave_out_is_shown_with_the_reason():
    """After the recipients, each with where it was found."""
    one = team(
        "ci",
        recipients=(JANE,),
        left_out=(
            Recipient("joe@acme.example", "member user:default/joe", "opted out: annotation"),
            Recipient("JANE@acme.example", "annotation of group:default/ci"),
            Recipient("Joe@acme.example", "annotation of group:default/ci"),
        ),
    )
    (audience,) = made(one)
    assert [(reader.address, reader.origin, reader.left_out) for reader in audience.readers] == [
        (JANE, "teams.yaml", ""),
        ("joe@acme.example", "member user:default/joe", "opted out: annotation"),
        ("JANE@acme.example", "annotation of group:default/ci", f"duplicate of {JANE}"),
        ("Joe@acme.example", "annotation of group:default/ci", "duplicate of joe@acme.example"),
    ]


def test_a_repeated_address_is_no_reader_of_a_combined_digest():
    """Who has left one part since the digest was sent is shown with that reason."""
    ci = replace(CI, left_out=(Recipient("JANE@acme.example", "teams.yaml"),))
    opt_outs = [OptOut(JANE, "ci", "optout add"), OptOut(JANE, "web", "optout add")]
    *_, both = made(ci, WEB, opt_outs=opt_outs, had={("ci+web", JANE)}, combine=True)
    assert both.team.key == "ci+web"
    assert set(told(both).values()) == {"opted out by optout add"}


def test_an_address_is_one_whichever_way_its_domain_is_written():
    """``bücher.example`` in letters and in ASCII are one domain, for opt-outs, too."""
    one = team("ci", recipients=("jane@bücher.example", "Jane@xn--bcher-kva.example"))
    assert [reader.left_out for reader in made(one)[0].readers] == ["", "duplicate of jane@bücher.example"]
    left = OptOut("jane@xn--bcher-kva.example", "", "optout add")
    assert made(one, opt_outs=[left])[0].readers[0].left_out == "opted out by optout add"


def test_a_domain_that_is_not_allowed_is_left_out():
    """A typing error or an outsider in a group gets no figures of the company's."""
    one = team("ci", recipients=(JANE, "jane@gmail.example"))
    assert told(made(one, allowed_domains=("acme.example",))[0]) == {
        JANE: "",
        "jane@gmail.example": "its domain is not one of mail.allowed_domains",
    }


def test_an_opt_out_counts_everywhere_or_for_one_team():
    """A person may leave all digests or one (getsentry/sentry#49947: ignored for one organisation)."""
    everywhere = OptOut(JANE, "", "optout add", "too much mail")
    ci, web = made(CI, WEB, opt_outs=[everywhere])
    assert told(ci)[JANE] == told(web)["Jane@ACME.example"] == "opted out by optout add: too much mail"
    ci, web = made(CI, WEB, opt_outs=[OptOut(JANE, "ci", "optout add")])
    assert told(ci)[JANE] == "opted out by optout add"
    assert told(web)["Jane@ACME.example"] == ""


def test_a_team_may_leave_as_a_whole():
    """By the ledger of opt-outs, or by what its group says of itself in the catalog."""
    (ci,) = made(CI, opt_outs=[OptOut("", "ci", "optout add")])
    assert set(told(ci).values()) == {"the team ci has opted out by optout add"}
    own = team("own", opted_out="annotation of group:default/own")
    assert set(told(made(own)[0]).values()) == {"the team has opted out: annotation of group:default/own"}


def test_the_portal_digest_can_be_left_too():
    """Its readers are people like others."""
    readers = portal_readers([JANE, "boss@acme.example"], Rules(), [OptOut(JANE, "portal", "optout add")])
    assert [reader.left_out for reader in readers] == ["opted out by optout add", ""]


def test_three_teams_are_three_digests_if_nothing_else_is_set():
    """One person in several teams gets each team's own digest."""
    assert [told(one) for one in made(CI, WEB)] == [
        {JANE: "", "ci@acme.example": ""},
        {"Jane@ACME.example": ""},
    ]


def test_several_digests_can_come_as_one():
    """Who reads two teams' digests gets one about the plugins of both, the others theirs as before."""
    ci, web, docs, both = made(CI, WEB, DOCS, combine=True)
    assert told(ci) == {JANE: "gets it in the digest of ci+web", "ci@acme.example": ""}
    assert told(web) == {"Jane@ACME.example": "gets it in the digest of ci+web"}
    assert told(docs) == {"docs@acme.example": ""}
    assert (both.team.key, both.team.name) == ("ci+web", "CI + WEB")
    assert both.team.plugins == {"jenkins", "techdocs"}
    assert told(both) == {JANE: ""}
    assert both.parts == (CI, WEB)


def test_who_has_left_one_team_gets_the_others_singly():
    """A combined digest holds only what its reader wants."""
    audience = made(CI, WEB, combine=True, opt_outs=[OptOut(JANE, "ci", "optout add")])
    assert [one.team.key for one in audience] == ["ci", "web"]
    assert told(audience[1]) == {"Jane@ACME.example": ""}


def test_what_a_team_has_left_ends_its_combined_digests_too():
    """Looked at when the mail goes out, whoever else's figures stand beside it."""
    left = OptOutBook([OptOut("", "web", "optout add"), OptOut(JANE, "docs", "optout add")])
    assert left.reason(JANE, "ci+web") == "the team web has opted out by optout add"
    assert left.reason(JANE, "ci+docs") == "opted out by optout add"
    assert left.reason(JANE, "ci") == left.reason("other@acme.example", "ci+docs") == ""


def test_teams_with_another_cadence_are_not_combined():
    """A month and a week are not one digest, nor is what comes only if it is unusual part of one."""
    monthly = team("web", recipients=(JANE,), plugins=plugins("techdocs"), cadence=Cadence.MONTHLY)
    assert [one.team.key for one in made(CI, monthly, combine=True)] == ["ci", "web"]
    rare = [replace(one, cadence=Cadence.UNUSUAL) for one in (CI, WEB)]
    assert [one.team.key for one in made(*rare, combine=True)] == ["ci", "web"]


def test_teams_of_one_cadence_are_combined():
    """Whoever reads two weekly and two monthly ones gets one of each."""
    ops = team("ops", recipients=(JANE,), plugins=plugins("argocd"), cadence=Cadence.MONTHLY)
    qa = team("qa", recipients=(JANE,), plugins=plugins("allure"), cadence=Cadence.MONTHLY)
    *_, weekly, monthly = made(CI, ops, WEB, qa, combine=True)
    assert (weekly.team.key, weekly.cadence) == ("ci+web", Cadence.WEEKLY)
    assert (monthly.team.key, monthly.cadence) == ("ops+qa", Cadence.MONTHLY)
    assert [one.team.key for one in made(ops, qa, combine=True, cadence=Cadence.WEEKLY)][-1] == "ops+qa"


def test_a_team_without_plugins_is_not_combined():
    """It gets nothing, neither alone nor with others."""
    empty = team("web", recipients=(JANE,), plugins=plugins())
    assert [one.team.key for one in made(CI, empty, combine=True)] == ["ci", "web"]


def test_a_setting_changed_within_the_week_sends_nothing_twice():
    """Who has had a team's digest is not sent it again within a combined one, and the other way round."""
    audience = made(CI, WEB, combine=True, had={("ci", JANE)})
    assert [one.team.key for one in audience] == ["ci", "web"]
    assert told(audience[1]) == {"Jane@ACME.example": ""}
    ci, web, both = made(CI, WEB, had={("ci+web", JANE)})
    assert told(ci)[JANE] == told(web)["Jane@ACME.example"] == "has had it in the digest of ci+web"
    assert told(ci)["ci@acme.example"] == ""
    assert (both.team.key, told(both)) == ("ci+web", {JANE: ""})
