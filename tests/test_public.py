"""The public names: all there, all explained with an example, none in the way of a fast import."""

import inspect

import pytest

import symdiff


@pytest.mark.parametrize("name", symdiff.PUBLIC)
def test_a_public_name_is_explained_and_shown_at_work(name):
    thing = getattr(symdiff, name)
    text = inspect.getdoc(thing) or ""
    first, *_ = text.splitlines()
    assert first.endswith("."), first
    assert ">>>" in text


def test_everything_exported_exists():
    for name in symdiff.__all__:
        assert getattr(symdiff, name) is not None
    assert set(symdiff.PUBLIC) <= set(symdiff.__all__)
    assert set(symdiff.LAZY) <= set(dir(symdiff))


def test_every_row_of_the_table_can_be_imported_by_a_name():
    rows = {id(row) for row in symdiff.core.ops.TABLE.values() if row not in symdiff.core.declare.OWN}
    named = {id(getattr(symdiff, name)) for name in symdiff.__all__}
    missing = [row.name for row in symdiff.core.ops.TABLE.values() if id(row) in rows - named]
    assert missing == ["^", "pi", "e"]  # pow would hide Python's; the constants are exported as expressions


def test_what_is_not_there_is_said():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        symdiff.nothing
