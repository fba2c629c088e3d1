"""What texts look like: letters as A or a, digits as 9, runs of letters as one."""

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]


_UPPER, _LOWER = 254, 255
"""What stands for letters until runs of them are one: above all else, so that one comparison finds them."""


def _classes() -> bytes:
    table = np.arange(256, dtype=np.uint8)
    table[ord("A") : ord("Z") + 1] = _UPPER
    table[ord("a") : ord("z") + 1] = _LOWER
    table[ord("0") : ord("9") + 1] = ord("9")
    table[[9, 10, 11, 12, 13]] = ord(" ")
    table[[*range(9), *range(14, 32), 127]] = ord("?")
    table[128:] = _LOWER  # letters of other alphabets: each byte of one, so a run of them is one
    return table.tobytes()


_CLASSES = _classes()
_WRITTEN = bytes(range(_UPPER)) + b"Aa"


def shapes_of(data: Bytes, offsets: Integers) -> tuple[Bytes, Integers]:
    """Return the shapes of texts that lie behind each other in bytes (UTF-8), in the same form.

    Parameters
    ----------
    data
        The bytes of all.
    offsets
        (n + 1,) where each begins; the last is where the last one ends.

    Examples
    --------
    >>> data, offsets = shapes_of(np.frombuffer(b"Anna-12Bob", dtype=np.uint8), np.array([0, 7, 10]))
    >>> data.tobytes(), offsets.tolist()
    (b'Aa-99Aa', [0, 5, 7])
    """
    shaped = np.frombuffer(data[offsets[0] : offsets[-1]].tobytes().translate(_CLASSES), dtype=np.uint8)
    starts = offsets - offsets[0]
    filled = starts[:-1][np.diff(starts) > 0]
    kept = np.ones(len(shaped), dtype=bool)
    np.not_equal(shaped[1:], shaped[:-1], out=kept[1:])
    kept |= shaped < _UPPER
    kept[filled] = True
    sizes = np.zeros(len(starts), dtype=np.int64)
    if len(filled):
        sizes[1:][np.diff(starts) > 0] = np.add.reduceat(kept.view(np.uint8), filled, dtype=np.int64)
    written = shaped[kept].tobytes().translate(_WRITTEN)
    return np.frombuffer(written, dtype=np.uint8), np.cumsum(sizes)
