"""random: pseudo-random numbers and sampling (stdlib-core.md section 8). One generator per process."""

from random import Random, SystemRandom

from mlpy._native import typeof
from mlpy.stdlib.check import array, bad_number, integer, sequence, type_error, value_error, wrong

EXPORTS = ("setSeed", "getSeed", "nextInt", "random", "randomFloat", "randomInt", "randomBool", "randomBoolWeighted",
           "randomNormal", "gaussian", "uniform", "triangular", "choice", "shuffle", "sample", "randomIndices", "set_seed",
           "get_seed", "next_int", "random_float", "random_int", "random_bool", "random_normal", "random_indices")

_seed = SystemRandom().getrandbits(64)
_generator = Random(_seed)
_random = _generator.random


def setSeed(seed):
    global _seed
    if seed is not None and type(seed) not in (str, int, float, bool):
        raise wrong("random.setSeed", "seed", "a number, a string or null", seed)
    _seed = SystemRandom().getrandbits(64) if seed is None else seed
    _generator.seed(_seed)
    return seed


def getSeed():
    return _seed


def nextInt():
    return _generator.getrandbits(32)


def random():
    return _random()


def randomFloat(min_val=0, max_val=1):
    return _between("random.randomFloat", min_val, max_val)


def _between(name, low, high):
    try:
        return float(low + (high - low) * _random())
    except TypeError:
        raise bad_number(name, min_val=low, max_val=high) from None


def randomInt(min_val=0, max_val=100):
    low = integer("random.randomInt", "min_val", min_val)
    high = integer("random.randomInt", "max_val", max_val)
    if high <= low:
        raise value_error(f"randomInt(): empty range {low}..{high}")
    return _generator.randrange(low, high)


def randomBool():
    return _generator.getrandbits(1) == 1


def randomBoolWeighted(probability):
    try:
        return _random() < probability
    except TypeError:
        raise bad_number("random.randomBoolWeighted", probability=probability) from None


def randomNormal(mean=0, stddev=1):
    return _normal("random.randomNormal", mean, stddev)


def gaussian(mean=0, stddev=1):
    return _normal("random.gaussian", mean, stddev)


def _normal(name, mean, stddev):
    try:
        return float(_generator.gauss(mean, stddev))
    except TypeError:
        raise bad_number(name, mean=mean, stddev=stddev) from None


def uniform(min_val, max_val):
    return _between("random.uniform", min_val, max_val)


def triangular(low, high, mode=None):
    try:
        if mode is not None and not min(low, high) <= mode <= max(low, high):
            raise value_error("triangular(): mode outside range")
        return float(_generator.triangular(low, high, mode))
    except TypeError:
        raise bad_number("random.triangular", low=low, high=high, **({} if mode is None else {"mode": mode})) from None


def choice(lst):
    if lst is None:
        return None
    if type(lst) in (int, float, bool):
        raise type_error(f"random.choice(): {typeof(lst)} has no length")
    sequence("random.choice", "lst", lst)
    return _generator.choice(lst) if lst else None


def shuffle(lst):
    if lst is None:
        return []
    array("random.shuffle", "lst", lst)
    return _generator.sample(lst, len(lst))


def sample(lst, n):
    n = integer("random.sample", "n", n)
    if lst is None:
        return []
    array("random.sample", "lst", lst)
    if not lst:
        return []
    if n < 0:
        raise value_error("sample(): n must not be negative")
    return _generator.sample(lst, min(n, len(lst)))


def randomIndices(length, count):
    length = integer("random.randomIndices", "length", length)
    count = integer("random.randomIndices", "count", count)
    if length <= 0:
        return []
    if count < 0:
        raise value_error("randomIndices(): count must not be negative")
    return list(range(length)) if count >= length else _generator.sample(range(length), count)


set_seed = setSeed
get_seed = getSeed
next_int = nextInt
random_float = randomFloat
random_int = randomInt
random_bool = randomBool
random_normal = randomNormal
random_indices = randomIndices
