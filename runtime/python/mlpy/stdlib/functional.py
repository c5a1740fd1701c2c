"""functional: composition and higher-order functions, function first (stdlib-core.md section 11)."""

from itertools import islice

from mlpy import _native
from mlpy._native import MLError, Object, is_user_function, typeof
from mlpy.stdlib.check import (MAX_ITEMS, array, frozen, function, integer, iterable, limit_error, type_error,
                               uncallable, value_error)
from mlpy.stdlib.collections import distinct, flattened

EXPORTS = ("compose", "composeAll", "pipe", "pipeAll", "curry", "curry2", "partial", "identity", "constant", "memoize",
           "ifElse", "cond", "juxt", "map", "filter", "reduce", "forEach", "find", "some", "every", "zip", "zipWith", "range",
           "repeat", "times", "take", "drop", "takeWhile", "flatten", "chunk", "groupBy", "partition", "unique", "reverse",
           "partial_apply", "for_each", "group_by")

_range, _zip = range, zip


def _called(func, *args):
    """``func(*args)`` for a value that was stored without being looked at."""
    if not _native.callable(func):
        raise uncallable(func)
    return func(*args)


def _anonymous(func):
    func.__name__ = func.__qualname__ = "<anonymous>"
    return func


def _piped(functions):
    def run(x):
        for func in functions:
            x = _called(func, x)
        return x

    return _anonymous(run)


def compose(*functions):
    return _piped(functions[::-1])


def composeAll(functions):
    return _piped(list(iterable("functional.composeAll", "functions", functions))[::-1])


def pipe(*functions):
    return _piped(functions)


def pipeAll(functions):
    return _piped(list(iterable("functional.pipeAll", "functions", functions)))


def curry(func, arity=None):
    if arity is None:
        arity = _declared(func)
    else:
        integer("functional.curry", "arity", arity)
    return _collecting(func, arity, ())


def _declared(func):
    """Number of parameters of a user function; arguments a library function cannot do without."""
    if is_user_function(func):
        return func.__code__.co_argcount
    function(func)
    from mlpy.stdlib.introspection import entry_of

    entry = entry_of(func)
    return entry[1] if entry else 1


def _collecting(func, arity, before):
    def collect(*args):
        given = before + args
        return _called(func, *given[:arity]) if len(given) >= arity else _collecting(func, arity, given)

    return _anonymous(collect)


def curry2(func):
    return _anonymous(lambda a: _anonymous(lambda b: _called(func, a, b)))


def partial(func, *args):
    function(func)
    return _anonymous(lambda *more: func(*args, *more))


def identity(x):
    return x


def constant(value):
    return _anonymous(lambda: value)


def memoize(func):
    known = {}

    def remembered(*args):
        key = tuple([frozen(arg) for arg in args])
        if key not in known:
            known[key] = _called(func, *args)
        return known[key]

    return _anonymous(remembered)


def ifElse(predicate, true_fn, false_fn):
    return _anonymous(lambda x: _called(true_fn if _called(predicate, x) else false_fn, x))


def cond(conditions):
    pairs = list(iterable("functional.cond", "conditions", conditions))

    def choose(x):
        for pair in pairs:
            if len(array("functional.cond", "conditions", pair)) < 2:
                raise MLError("IndexError", "list index out of range")
            if _called(pair[0], x):
                return _called(pair[1], x)
        return None

    return _anonymous(choose)


def juxt(functions):
    functions = list(iterable("functional.juxt", "functions", functions))
    return _anonymous(lambda x: [_called(func, x) for func in functions])


def map(func, iterable):
    items = _items("functional.map", iterable)
    return [func(item) for item in items] if _native.callable(func) else [_called(func, item) for item in items]


def _items(name, value, parameter="iterable"):
    return iterable(name, parameter, value)


def filter(predicate, iterable):
    items = _items("functional.filter", iterable)
    if predicate is None:
        return [item for item in items if item]
    return [item for item in items if _called(predicate, item)]


def reduce(func, iterable, initial=None):
    items = iter(_items("functional.reduce", iterable))
    if initial is None:
        for initial in items:
            break
        else:
            raise type_error("reduce() of empty iterable with no initial value")
    for item in items:
        initial = _called(func, initial, item)
    return initial


def forEach(func, iterable):
    for item in _items("functional.forEach", iterable):
        _called(func, item)


def find(predicate, iterable):
    for item in _items("functional.find", iterable):
        if _called(predicate, item):
            return item
    return None


def some(predicate, iterable):
    for item in _items("functional.some", iterable):
        if _called(predicate, item):
            return True
    return False


def every(predicate, iterable):
    for item in _items("functional.every", iterable):
        if not _called(predicate, item):
            return False
    return True


def zip(*iterables):
    groups = _zip(*[_items("functional.zip", items, "iterables") for items in iterables])
    return [list(group) for group in groups]


def zipWith(combiner, iterable1, iterable2):
    pairs = _zip(_items("functional.zipWith", iterable1, "iterable1"), _items("functional.zipWith", iterable2, "iterable2"))
    return [_called(combiner, left, right) for left, right in pairs]


def range(start, end=None, step=1):
    start = integer("functional.range", "start", start)
    if end is None:
        start, end, step = 0, start, 1
    end, step = integer("functional.range", "end", end), integer("functional.range", "step", step)
    if step == 0:
        raise value_error("range() arg 3 must not be zero")
    numbers = _range(start, end, step)
    _limited("range", (end - start + step) // step)
    return list(numbers)


def _limited(name, count):
    if count > MAX_ITEMS:
        raise limit_error(f"functional.{name}() would give more than {MAX_ITEMS} items")
    return count


def repeat(value, times):
    return [value] * _limited("repeat", integer("functional.repeat", "times", times))


def times(n, func):
    return [_called(func, index) for index in _range(_limited("times", integer("functional.times", "n", n)))]


def take(n, iterable):
    n = integer("functional.take", "n", n)
    items = _items("functional.take", iterable)
    return list(islice(items, n)) if n >= 0 else list(items)[:n]


def drop(n, iterable):
    n = integer("functional.drop", "n", n)
    return list(_items("functional.drop", iterable))[n:]


def takeWhile(predicate, iterable):
    taken = []
    for item in _items("functional.takeWhile", iterable):
        if not _called(predicate, item):
            break
        taken.append(item)
    return taken


def flatten(nested_list):
    return flattened(_items("functional.flatten", nested_list, "nested_list"))


def chunk(size, iterable):
    size = integer("functional.chunk", "size", size)
    items = list(_items("functional.chunk", iterable))
    return [items[at:at + size] for at in _range(0, len(items), size)] if size > 0 else []


def groupBy(key_func, iterable):
    groups = Object()
    for item in _items("functional.groupBy", iterable):
        key = _called(key_func, item)
        if type(key) not in (str, int, float, bool, type(None)):
            raise type_error(f"groupBy(): key must be a scalar, got {typeof(key)}")
        if key in groups:
            groups[key].append(item)
        else:
            groups[key] = [item]
    return groups


def partition(predicate, iterable):
    matching, others = [], []
    for item in _items("functional.partition", iterable):
        (matching if _called(predicate, item) else others).append(item)
    return [matching, others]


def unique(iterable):
    return distinct(_items("functional.unique", iterable))


def reverse(iterable):
    return list(_items("functional.reverse", iterable))[::-1]


partial_apply = partial
for_each = forEach
group_by = groupBy
