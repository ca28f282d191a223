"""Counter-based randomness: every draw is a pure function of (seed, replication, stream, entity, draw).

No generator keeps a state, so no entity can shift another one's draws: a stream is named after what it is for,
and an entity after its own name, never after its place in a list.
"""

import hashlib
from typing import Any

import numpy as np

from twin.compiled import inlined, kernel

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(12)
# Inverses modulo 2 ** 64 of the two factors, and twice the shifts, to undo the scrambling.
_UNMIX_1, _UNMIX_2 = np.uint64(pow(int(_MIX_1), -1, 1 << 64)), np.uint64(pow(int(_MIX_2), -1, 1 << 64))
_S60, _S54, _S62, _STEPS = np.uint64(60), np.uint64(54), np.uint64(62), 2.0**52
_ONE_BITS = np.uint64(0x3FF0000000000000)
_BELOW_ONE = 1.0 - 2.0**-53


@kernel
def mix(x: Any) -> Any:
    """A 64-bit word scrambled so that neighbouring inputs give unrelated outputs.

    Source: Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators (the SplitMix64 finaliser).
    """
    x = (x ^ (x >> _S30)) * _MIX_1
    x = (x ^ (x >> _S27)) * _MIX_2
    return x ^ (x >> _S31)


@inlined
def word_of(key: Any, index: Any) -> Any:
    """The word whose scrambling is child or draw number `index` (counted from 0) of a key."""
    return key + (np.uint64(index) + np.uint64(1)) * _GOLDEN


@inlined
def unit_of(word: Any) -> Any:
    """A scrambled word as a number in the open interval (0, 1): an odd multiple of 2 ** -53."""
    return np.uint64(_ONE_BITS | (mix(word) >> _S12)).view(np.float64) - _BELOW_ONE


@inlined
def key_of(word: Any) -> Any:
    """The key whose draw number 0 is the scrambling of a word."""
    return np.uint64(word) - _GOLDEN


@inlined
def key_drawing(number: Any, draw: Any) -> Any:
    """The key whose draw number `draw` is the given number in [0, 1), but for the last bit; its other draws are
    scrambled as ever. So one draw of many entities can be laid out evenly."""
    return _unmix(np.uint64(number * _STEPS) << _S12) - (np.uint64(draw) + np.uint64(1)) * _GOLDEN


@inlined
def _unmix(x: Any) -> Any:
    x = (x ^ (x >> _S31) ^ (x >> _S62)) * _UNMIX_2
    x = (x ^ (x >> _S27) ^ (x >> _S54)) * _UNMIX_1
    return x ^ (x >> _S30) ^ (x >> _S60)


@kernel
def child(key: Any, index: Any) -> Any:
    """The key of entity `index` (uint64 counts from 0) below a stream's key."""
    return mix(word_of(key, index))


@kernel
def uniform(key: Any, draw: Any) -> Any:
    """Draw number `draw` of an entity, uniform in the open interval (0, 1): odd multiples of 2 ** -53."""
    return unit_of(word_of(key, draw))


@kernel
def children(key: Any, index: Any) -> Any:
    """The keys of several entities below a stream's key; index  uint64."""
    found = np.empty(len(index), np.uint64)
    for k in range(len(index)):
        found[k] = child(key, index[k])
    return found


def name_key(*names: str) -> np.uint64:
    """The 64-bit number of a stream's name; the same on every machine."""
    return np.uint64(int.from_bytes(hashlib.sha256("\x1f".join(names).encode()).digest()[:8], "little"))


def replication_key(seed: int, replication: int) -> np.uint64:
    """The key all streams of a replication hang below."""
    return name_key("replication", str(seed), str(replication))


def below(key: np.uint64, index: "np.uint64 | int") -> np.uint64:
    """`child` for use outside kernels, where a compiled function would hand back a Python integer."""
    return np.uint64(child(key, np.uint64(index)))
