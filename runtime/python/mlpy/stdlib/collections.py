"""collections: pure operations on arrays, array first (stdlib-core.md section 10)."""

from mlpy._native import Object, typeof
from mlpy.stdlib.check import array, frozen, function, integer, iterable, sequence, type_error, unordered, wrong

EXPORTS = ("length", "append", "prepend", "concat", "get", "first", "last", "slice", "reverse", "contains", "indexOf",
           "filter", "map", "find", "reduce", "removeAt", "isEmpty", "take", "drop", "unique", "flatten", "zip", "sort",
           "sortBy", "chunk", "every", "some", "index_of", "remove_at", "is_empty")

_zip = zip


def length(lst):
    if type(lst) is list or type(lst) is str or type(lst) is Object:
        return len(lst)
    raise type_error(f"collections.length(): {typeof(lst)} has no length")


def append(lst, element):
    return [*array("collections.append", "lst", lst), element]


def prepend(lst, element):
    return [element, *array("collections.prepend", "lst", lst)]


def concat(lst1, lst2):
    sequence("collections.concat", "lst1", lst1)
    if type(lst1) is not type(lst2):
        raise wrong("collections.concat", "lst2", "a string" if type(lst1) is str else "an array", lst2)
    return lst1 + lst2


def get(lst, index):
    sequence("collections.get", "lst", lst)
    index = integer("collections.get", "index", index)
    return lst[index] if -len(lst) <= index < len(lst) else None


def first(lst):
    if lst is None:
        return None
    return sequence("collections.first", "lst", lst)[0] if lst else _empty("collections.first", lst)


def last(lst):
    if lst is None:
        return None
    return sequence("collections.last", "lst", lst)[-1] if lst else _empty("collections.last", lst)


def _empty(name, lst):
    sequence(name, "lst", lst)


def slice(lst, start, end=None):
    sequence("collections.slice", "lst", lst)
    start = integer("collections.slice", "start", start)
    return lst[start:] if end is None else lst[start:integer("collections.slice", "end", end)]


def reverse(lst):
    return sequence("collections.reverse", "lst", lst)[::-1]


def contains(lst, element):
    kind = type(lst)
    if kind is str:
        if type(element) is not str:
            raise wrong("collections.contains", "element", "a string", element)
        return element in lst
    if kind is Object:
        return type(element) in (str, int, float, bool, type(None)) and element in lst
    return element in iterable("collections.contains", "lst", lst)


def indexOf(lst, element):
    sequence("collections.indexOf", "lst", lst)
    if type(lst) is str:
        if type(element) is not str:
            raise wrong("collections.indexOf", "element", "a string", element)
        return lst.find(element)
    try:
        return lst.index(element)
    except ValueError:
        return -1


def filter(lst, predicate):
    items = iterable("collections.filter", "lst", lst)
    function(predicate)
    return [item for item in items if predicate(item)]


def map(lst, transform):
    items = iterable("collections.map", "lst", lst)
    function(transform)
    return [transform(item) for item in items]


def find(lst, predicate):
    items = iterable("collections.find", "lst", lst)
    function(predicate)
    for item in items:
        if predicate(item):
            return item
    return None


def reduce(lst, reducer, initial):
    items = iterable("collections.reduce", "lst", lst)
    function(reducer)
    for item in items:
        initial = reducer(initial, item)
    return initial


def removeAt(lst, index):
    sequence("collections.removeAt", "lst", lst)
    index = integer("collections.removeAt", "index", index)
    return lst[:index] + lst[index + 1:] if 0 <= index < len(lst) else lst[:]


def isEmpty(lst):
    if type(lst) is list or type(lst) is str or type(lst) is Object:
        return not lst
    raise type_error(f"collections.isEmpty(): {typeof(lst)} has no length")


def take(lst, count):
    return sequence("collections.take", "lst", lst)[:integer("collections.take", "count", count)]


def drop(lst, count):
    return sequence("collections.drop", "lst", lst)[integer("collections.drop", "count", count):]


def unique(lst):
    return distinct(iterable("collections.unique", "lst", lst))


def distinct(items):
    """First of each group of equal elements."""
    items = list(items)
    try:
        return list(dict.fromkeys(items))
    except TypeError:
        firsts = {}
        for item in items:
            firsts.setdefault(frozen(item), item)
        return list(firsts.values())


def flatten(lst):
    return flattened(iterable("collections.flatten", "lst", lst))


def flattened(items):
    result = []
    for item in items:
        if type(item) is list:
            result += item
        else:
            result.append(item)
    return result


def zip(lst1, lst2):
    pairs = _zip(iterable("collections.zip", "lst1", lst1), iterable("collections.zip", "lst2", lst2))
    return [[left, right] for left, right in pairs]


def sort(lst, reverse=False):
    items = list(iterable("collections.sort", "lst", lst))
    try:
        items.sort(reverse=bool(reverse))
    except TypeError as error:
        raise unordered(error) from None
    return items


def sortBy(lst, key_fn, reverse=False):
    items = list(iterable("collections.sortBy", "lst", lst))
    function(key_fn)
    keys = [key_fn(item) for item in items]
    try:
        order = sorted(range(len(items)), key=keys.__getitem__, reverse=bool(reverse))
    except TypeError as error:
        raise unordered(error) from None
    return [items[index] for index in order]


def chunk(lst, size):
    sequence("collections.chunk", "lst", lst)
    size = integer("collections.chunk", "size", size)
    return [lst[at:at + size] for at in range(0, len(lst), size)] if size > 0 else []


def every(lst, predicate):
    items = iterable("collections.every", "lst", lst)
    function(predicate)
    for item in items:
        if not predicate(item):
            return False
    return True


def some(lst, predicate):
    items = iterable("collections.some", "lst", lst)
    function(predicate)
    for item in items:
        if predicate(item):
            return True
    return False


index_of = indexOf
remove_at = removeAt
is_empty = isEmpty
