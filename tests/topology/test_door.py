"""The one door for numbers: read exactly, or refused in words that name the first wrong entry."""

import re
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from morseloss.topology.door import borrowing, flags, integers, listed, number, owned, reals, shown

NONE = [
    (True, "got True of bool"),
    (np.True_, "got True of bool"),
    (None, "got None of NoneType"),
    ("1.5", "got '1.5' of str"),
    (b"1", "got b'1' of bytes"),
    (1j, "got 1j of complex"),
    (np.complex64(1), "got np.complex64"),
    ([1.0], r"got \[1.0\] of list"),
    (Decimal("1.5"), r"got Decimal\('1.5'\) of Decimal"),
    (Fraction(1, 2), "of Fraction"),
    (np.longdouble(1), "of longdouble"),
    (np.datetime64(1, "s"), "of datetime64"),
    (np.timedelta64(1, "s"), "of timedelta64"),
    (np.zeros(1, "f8,f8")[0], "of void"),
    (2**53 + 1, "exactly, got 9007199254740993"),
    (np.int64(2**53 + 1), "exactly, got 9007199254740993"),
    (-(2**53) - 1, "exactly, got -9007199254740993"),
    (10**400, "exactly, got an integer of 1329 bits"),
    (np.ma.masked, "a masked entry"),
    (torch.tensor(1.0, requires_grad=True), r"a tensor with a gradient; use `x.detach\(\)`"),
    (torch.empty((), device="meta"), r"a tensor on meta; use `x.cpu\(\)`"),
    (torch.tensor([1.0]), r"a single number, got shape \(1,\)"),
]


@pytest.mark.parametrize(("entry", "message"), NONE)
def test_what_is_no_real_number_is_refused_alone_in_a_list_and_in_an_array(entry, message):
    with pytest.raises(ValueError, match=message):
        reals("x", [0.5, entry])
    objects = np.array([0.5, None], dtype=object)
    if not isinstance(entry, np.ndarray | torch.Tensor | list | np.void):
        objects[1] = entry
        with pytest.raises(ValueError, match=f"{message}.* in row 1"):
            reals("x", objects)
    with pytest.raises(ValueError, match="`x` must"):
        number("x", entry)


@pytest.mark.parametrize(
    "given",
    [
        np.array([1j]), np.array([True]), np.array(["1"]), np.zeros(1, "f8,f8"),
        np.array([1], "M8[s]"), np.array([1], "m8[s]"), np.ones(1, np.longdouble),
        np.array([2**53 + 1]), np.array([2**64 - 1], np.uint64), torch.tensor([True]),
        torch.tensor([1j]), torch.eye(1).to_sparse()[0], "1.5", {1.0}, {0: 1.0}, iter([1.0]), None,
        1.0, [[1.0]], np.ones((1, 1)), [[1.0], [1.0, 2.0]],
        np.ma.array([1.0, 2.0], mask=[False, True]), torch.ones(1, device="meta"),
    ],
)  # fmt: skip
def test_what_is_no_column_of_numbers_is_refused(given):
    with pytest.raises(ValueError, match="`x` must") as raised:
        reals("x", given)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize(
    "given",
    [
        [1, 0.5], (1, 0.5), np.array([1, 0.5]), np.float32([1, 0.5]), np.float16([1, 0.5]),
        np.array([1, 0.5], ">f8"), np.array([1, 0.5], object), [np.float32(1), np.float16(0.5)],
        torch.tensor([1, 0.5]), torch.tensor([1, 0.5]).bfloat16(), torch.tensor([1, 0.5]).half(),
        [torch.tensor(1), torch.tensor(0.5)], [np.array(1), np.array(0.5)],
        np.ma.array([1, 0.5]), memoryview(np.array([1, 0.5])), np.array([9, 1, 9, 0.5])[1::2],
        torch.tensor([1, 0.5]).to(torch.float8_e4m3fn),
    ],
)  # fmt: skip
def test_the_same_numbers_are_read_from_every_type_that_holds_them(given):
    read = reals("x", given)
    assert read.dtype == np.float64 and read.tolist() == [1.0, 0.5]
    assert not read.flags.writeable


@pytest.mark.parametrize("whole", [2**53, -(2**53), 2**60, 2**63, -(2**63), 2**1000])
def test_large_integers_that_float64_holds_are_read(whole):
    assert reals("x", [whole, 0.5])[0] == whole
    assert reals("x", [whole])[0] == whole
    if abs(whole) < 2**63:
        assert reals("x", np.array([whole]))[0] == whole


@pytest.mark.parametrize("given", [[0, 1.0], [0, True], [0, "1"], [0, None], [0, 2**63], [0, 1j]])
def test_what_is_no_integer_is_refused_with_its_row(given):
    with pytest.raises(ValueError, match=re.escape(shown(given[1])) + ".* in row 1"):
        integers("x", given)
    with pytest.raises(ValueError, match="`x` must hold integers"):
        integers("x", np.array(given, dtype=object))


def test_integers_come_as_int64_or_stay_int32():
    for kind in (np.int8, np.uint8, np.int64, np.uint64, ">i8"):
        assert integers("x", np.array([1, 2], kind)).dtype == np.int64
    assert integers("x", np.array([1, 2], np.int32)).dtype == np.int32
    with pytest.raises(ValueError, match="integers of 64 bits, got 18446744073709551615"):
        integers("x", np.array([2**64 - 1], np.uint64))


@pytest.mark.parametrize("given", [[1], [0], ["True"], [None], np.array([1]), np.array(["a"])])
def test_only_bools_are_flags(given):
    with pytest.raises(ValueError, match="`x` must hold True or False"):
        flags("x", given)
    assert flags("x", [True, np.False_]).tolist() == [True, False]
    assert flags("x", torch.tensor([True])).tolist() == [True]


def test_what_is_read_is_nobody_elses():
    mine = np.array([1.0, 2.0])
    view = mine[:]
    view.flags.writeable = False
    buffer = bytearray(16)
    for given in (mine, view, mine[::-1], np.frombuffer(buffer), torch.from_numpy(mine)):
        read = reals("x", given)
        kept = read.tolist()
        mine += 1.0
        buffer[:] = bytes(range(16))
        assert read.tolist() == kept
        with pytest.raises(ValueError, match="read-only"):
            read[0] = 0.0


def test_memory_that_nobody_writes_to_is_not_copied():
    read = reals("x", [1.0, 2.0])
    assert owned(read) is read and owned(read[1:]).base is read
    assert np.shares_memory(reals("y", read), read)


def test_arrays_are_borrowed_in_the_block_alone_whatever_happens_there_or_elsewhere():
    mine = np.array([1.0, 2.0])

    def borrowed():
        return np.shares_memory(reals("x", mine), mine)

    with pytest.raises(ValueError, match="must be a single number"), borrowing():
        with borrowing():
            assert borrowed()
        assert borrowed()
        with ThreadPoolExecutor(1) as elsewhere:
            assert not elsewhere.submit(borrowed).result()
        reals("x", [mine])
    assert not borrowed()


def test_messages_stay_short():
    assert listed(range(1000), most=2) == "[0, 1, ... (1000 in all)]"
    assert len(shown("x" * 10**6)) <= 80 and len(shown(10**10_000)) < 80
    assert len(shown(list(range(10**4)))) <= 80


def test_what_cannot_be_printed_is_called_by_its_type():
    assert shown([10**10_000]) == "a list"
