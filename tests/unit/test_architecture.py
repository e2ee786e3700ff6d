"""Which way imports point, and what must not be imported where."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "plugin_digest"

CORE = {"model", "errors", "weeks", "resources"}
ALLOWED = {
    "model": set(),
    "errors": set(),
    "resources": set(),
    "bodies": set(),
    "databases": {"errors"},
    "weeks": {"model", "errors"},
    "documents": {"errors"},
    "diff": CORE,
    "render": CORE | {"diff"},
    "inspection": CORE | {"diff"},
    "annotations": CORE | {"documents"},
    "work_days": CORE,
    "source_settings": CORE | {"documents"},
    "ownership_settings": CORE | {"documents"},
    "indicator_settings": CORE | {"documents", "ownership_settings"},
    "indicators": CORE | {"bodies", "databases", "documents", "ownership", "indicator_settings"},
    "brand_settings": CORE | {"documents"},
    "settings": CORE
    | {
        "brand_settings",
        "documents",
        "source_settings",
        "ownership_settings",
        "indicator_settings",
        "work_days",
    },
    "config": CORE | {"documents", "settings", "source_settings", "ownership"},
    "sources": CORE | {"bodies", "databases"},
    "ownership": CORE | {"bodies", "documents", "ownership_settings"},
    "store": CORE,
    "deliver": CORE,
    "demo": CORE,
    "guards": CORE,
    "audience": CORE | {"guards"},
    "plan": CORE | {"diff", "inspection", "guards", "audience"},
    "ports": CORE,
    "reading": CORE | {"plan", "ports", "diff"},
    "telling": CORE | {"ports", "diff", "audience"},
    "monthly": CORE | {"ports", "audience", "telling"},
    "drafting": CORE
    | {
        "plan",
        "ports",
        "reading",
        "telling",
        "monthly",
        "diff",
        "inspection",
        "guards",
        "audience",
        "figures",
    },
    "intake": CORE | {"ports"},
    "notice": CORE | {"ports", "audience", "deliver"},
    "forecast": CORE | {"plan", "ports", "audience"},
    "explaining": CORE | {"plan", "audience", "diff"},
    "asking": CORE | {"ports"},
    "pipeline": CORE | {"plan", "ports", "audience", "asking", "drafting", "telling", "deliver", "intake"},
    "schedule": CORE,
    "figures": CORE | {"diff"},
}
"""What each part may import of the others; the command line may import everything."""

IO_LIBRARIES = {"duckdb", "sqlmodel", "sqlalchemy", "alembic", "requests", "smtplib", "socket", "sqlite3",
                "psycopg", "urllib"}  # fmt: skip


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: relative imports hide which way they point"
            names.add(node.module or "")
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    """No part imports one that stands after it in the flow; sources, store and deliver never meet."""
    part = part_of(path)
    if part in {"__init__", "__main__", "cli"}:
        return
    parts = {p.stem if p.suffix else p.name for p in PACKAGE.iterdir()}
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("plugin_digest.")} & parts
    assert ours <= ALLOWED[part] | {part}


PURE = ["model", "weeks.py", "diff", "render", "inspection.py", "guards.py", "audience.py", "plan.py",
        "ports.py", "reading.py", "telling.py", "drafting.py", "figures.py", "forecast.py",
        "explaining.py"]  # fmt: skip


@pytest.mark.parametrize("part", PURE)
def test_the_pure_parts_import_no_io_library(part):
    """Comparing, wording and planning know no database, network or mail library."""
    path = PACKAGE / part
    for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        assert not {name.split(".")[0] for name in imported(module)} & IO_LIBRARIES, module


def test_tables_stay_in_the_store():
    """No module outside the store imports its tables."""
    for path in modules():
        if part_of(path) != "store":
            assert not any(name.startswith("plugin_digest.store.tables") for name in imported(path)), path


def test_no_module_reads_the_clock_but_weeks():
    """Everything else is told the time (apache/superset#35908: a date frozen at import)."""
    for path in modules():
        if part_of(path) == "weeks":
            continue
        source = path.read_text(encoding="utf-8")
        for call in ("datetime.now(", "date.today(", "utcnow(", "time.time("):
            assert call not in source, f"{path.name} reads the clock: {call}"
