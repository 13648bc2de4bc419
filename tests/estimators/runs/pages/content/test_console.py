"""What was printed is shown as a terminal leaves it."""

from estimators.runs.pages.content.console import as_shown, read_console


def test_bars_are_shown_as_they_end():
    text = "Epoch 1\n 1/9\x08\x08\x08\x08 9/9 \x1b[1mloss\x1b[0m: 0.5\r\n50%\r100%\rdone"
    assert as_shown(text) == "Epoch 1\n 9/9 loss: 0.5\ndone"


def test_an_alphabet_that_is_chosen_prints_nothing():
    assert as_shown("\x1b[1m\x1b(B\x1b[mloss") == "loss"


def test_of_a_long_log_the_middle_is_left_out(tmp_path):
    path = tmp_path / "output.log"
    path.write_bytes(b"".join(b"line %07d\n" % number for number in range(400_000)))
    console = read_console(path)
    assert console.head.startswith("line 0000000\n")
    assert console.tail.startswith("line 0")
    assert console.tail.endswith("line 0399999\n")
    assert console.omitted + len(console.head) + len(console.tail) == console.size == 5_200_000


def test_a_line_without_end_is_cut():
    assert as_shown("x" * 5_000) == "x" * 2_000 + " … 3,000 more characters"
