"""What commands print: any terminal shows it, and no text steers it."""

import io

from mlops_widgets.core.terminal import progress_bar, say


def _shown(text: str, encoding: str) -> bytes:
    screen = io.BytesIO()
    stream = io.TextIOWrapper(screen, encoding=encoding, newline="\n")
    say(text, stream)
    stream.flush()
    return screen.getvalue()


def test_a_terminal_that_lacks_a_character_shows_a_mark_for_it() -> None:
    assert _shown("● passed", "ascii") == b"? passed\n"


def test_what_would_steer_the_terminal_or_turn_the_text_is_replaced() -> None:
    shown = _shown("a\x1b[2Jb\u202ec\udc80\nd", "utf-8").decode()
    assert shown == "a\ufffd[2Jb\ufffdc\ufffd\nd\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_bar_shows_only_on_a_terminal() -> None:
    screen = Terminal()
    with progress_bar(screen) as progress:
        assert progress is not None
        progress(0.5, "compare_live")
    assert "compare_live" in screen.getvalue()
    with progress_bar(io.StringIO()) as quiet:
        assert quiet is None
