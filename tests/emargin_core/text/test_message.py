import json
import pickle

import numpy as np
import pytest

from emargin_core.store.gallery.gallery import load_gallery
from emargin_core.text.errors import InputError, StoreError
from emargin_core.text.language import speaking
from emargin_core.text.message import Message, joined, restored, stored
from emargin_core.text.units import counted_anew, listed

SPLIT = Message(
    "fold {number} of {n}: trained on {train}, tested on {held_out}",
    number=1,
    n=5,
    train=Message("{n} {units}", n=np.int64(7), units=Message("groups")),
    held_out="08",
)


def test_a_message_is_said_in_the_language_of_whoever_reads_it():
    assert str(SPLIT) == "fold 1 of 5: trained on 7 groups, tested on 08"
    with speaking("ja"):
        assert f"{SPLIT}" == str(SPLIT) != "fold 1 of 5: trained on 7 groups, tested on 08"
        assert "グループ" in str(SPLIT)


def test_a_text_without_values_keeps_its_braces():
    assert str(Message("a user's {braces}")) == "a user's {braces}"
    assert not Message("")


@pytest.mark.parametrize("kind", [InputError, StoreError])
def test_an_error_keeps_template_and_values_on_its_way_between_processes(kind):
    made = kind("{name} has {n:,} rows", name="a.csv", n=1234)
    error = pickle.loads(pickle.dumps(made))  # noqa: S301 - as Dask does
    assert str(error) == "a.csv has 1,234 rows"
    assert error.message == Message("{name} has {n:,} rows", name="a.csv", n=1234)


def test_an_error_that_is_a_value_stands_for_its_own_words():
    told = Message("{path} cannot be written: {error}", path="x", error=OSError(28, "No space"))
    assert str(told) == "x cannot be written: No space"
    with speaking("ja"):
        full = Message("{error}", error=OSError(28, "No space left on device", "file"))
        assert str(full) == "空き容量がありません"
        own = Message("{error}", error=ValueError(Message("its spectrum is not finite")))
        assert (
            str(own) == str(Message("its spectrum is not finite")) != "its spectrum is not finite"
        )


def test_what_is_stored_is_read_back_and_old_text_stays_text():
    kept = json.loads(json.dumps(stored(SPLIT)))
    assert Message.from_json(kept) == SPLIT
    assert hash(Message.from_json(kept)) == hash(SPLIT)
    assert restored("trained on 7 groups") == "trained on 7 groups"
    assert restored(None) is None


@pytest.mark.parametrize(
    "foreign",
    [
        {"message": "{a.__class__}", "values": {"a": 1}},
        {"message": "{a[0]}", "values": {"a": "x"}},
        {"message": "{a!r}", "values": {"a": 1}},
        {"message": "{a:>999999999}", "values": {"a": 1}},
        {"message": "{b}", "values": {"a": 1}},
        {"message": "{a", "values": {"a": 1}},
        {"message": "{a:d}", "values": {"a": "text"}},
        {"message": "{a}", "values": {"a": [1]}},
        {"message": "{a}", "values": {"a": "x" * 2000}},
        {"message": "x", "values": {}, "more": 1},
        {"message": 1, "values": {}},
        3,
        None,
    ],
)
def test_what_a_stranger_wrote_reaches_into_nothing(foreign):
    with pytest.raises(ValueError, match=r"message|'}'|format code"):
        Message.from_json(foreign)


def test_several_messages_stand_in_one():
    assert str(joined(["one", Message("group {name}", name="b")], "; ")) == "one; group b"


def test_units_have_their_counter_also_in_a_message_stored_before_it_was_known():
    old = Message("{n} {units}", n=8, units=Message("subjects"))
    split = Message("trained on {train}, tested on {held_out}", train=old, held_out="subject 3")
    found = counted_anew(Message.from_json(split.to_json()))
    new = listed("subject", [f"{n}" for n in range(8)])
    assert found.values["train"] == new
    assert str(new) == "8 subjects"
    with speaking("ja"):
        assert str(new) == "被験者 8 人"
        assert str(listed("machine", "abcdef")) == "機械 6 台"


def test_shipped_runs_count_their_units_in_japanese():
    shipped = load_gallery()
    split = next(filter(None, map(shipped.result, shipped.entries))).data["split"]
    with speaking("ja"):
        assert "：被験者 8 人で学習、" in str(split)
