// The static rules, one marked source for each: what they find and what they leave alone.
#include <catch2/catch.hpp>

#include "tests/advice/marked.h"

using namespace ml;
using test::check_marked;
using test::hints_of;
using test::listed;

TEST_CASE("R4: nested loops over one array, or over one that grows") {
  check_marked(R"ml(
function find_duplicates(rows) {
    found = [];
    for (i = 0; i < rows.length; i = i + 1) {
        for (j = i + 1; j < rows.length; j = j + 1) {  //~ R4 rows
            if (rows[i].sku == rows[j].sku) { found.push(rows[i]); }
        }
    }
    return found;
}

function distinct(arr) {
    result = [];
    for (i = 0; i < arr.length; i = i + 1) {
        found = false;
        for (j = 0; j < result.length; j = j + 1) {  //~ R4 result
            if (arr[i] == result[j]) { found = true; break; }
        }
        if (!found) { result.push(arr[i]); }
    }
    return result;
}

function bubble(values) {
    n = len(values);
    for (i = 0; i < n; i = i + 1) {
        for (j = 0; j < n - 1 - i; j = j + 1) {  //~ R4 values
            if (values[j] > values[j + 1]) { t = values[j]; values[j] = values[j + 1]; values[j + 1] = t; }
        }
    }
}

function most_equal(names) {
    best = 0;
    for (a in names) {
        n = 0;
        for (b in names) {  //~ R4 names
            if (a == b) { n = n + 1; }
        }
        if (n > best) { best = n; }
    }
    return names.map(a => names.filter(b => b == a).length);  //~ R4 names
}

function while_loops(items) {
    i = 0;
    pairs = 0;
    while (i < items.length) {
        j = 0;
        while (j < items.length) {  //~ R4 items
            if (items[i] < items[j]) { pairs = pairs + 1; }
            j = j + 1;
        }
        i = i + 1;
    }
    return pairs;
}

// Rows have their own columns; the matrix is not searched; each line starts anew.
function flat(data) {
    result = [];
    for (i = 0; i < data.length; i = i + 1) {
        for (j = 0; j < data[i].length; j = j + 1) { if (data[i][j] > 0) { result.push(data[i][j] * 2); } }
    }
    for (row in data) {
        line = [];
        for (v in row) { line.push(v); }
        for (v in line) { if (v > 3) { result.push(v); } }
    }
    return result;
}

// All pairs, and nothing is looked for.
function pull(bodies) {
    for (i = 0; i < bodies.length; i = i + 1) {
        for (j = i + 1; j < bodies.length; j = j + 1) { bodies[i].v = bodies[i].v + bodies[j].m; }
    }
}

rows = range(10).map(i => {sku: i, m: 1, v: 2});
print(find_duplicates(rows), distinct([1, 2, 1]), bubble([3, 1]), most_equal(["a"]), while_loops([1, 2]));
print(flat([[1], [2]]), pull(rows));
)ml");
}

TEST_CASE("R5: searches inside a loop") {
  check_marked(R"ml(
function matches(offers, wishes) {
    found = 0;
    for (i = 0; i < offers.length; i = i + 1) {
        for (j = 0; j < wishes.length; j = j + 1) {  //~ R5 wishes
            if (offers[i].price == wishes[j].price) { found = found + 1; }
        }
    }
    return found;
}

function common(left, right) {
    both = [];
    for (x in left) {
        if (right.includes(x)) { both.push(x); }  //~ R5 right
        if (both.indexOf(x) >= 0) { print(x); }  //~ R5 both
    }
    return left.filter(x => right.contains(x));  //~ R5 right
}

function contains(arr, value) {
    for (i = 0; i < arr.length; i = i + 1) {
        if (arr[i] == value) return true;
    }
    return false;
}

function has(list, value) { return contains(list, value); }

function known(names, wanted) {
    n = 0;
    for (w in wanted) {
        if (contains(names, w)) { n = n + 1; }  //~ R5 names
        if (has(names, w)) { n = n + 1; }  //~ R5 names
    }
    return n;
}

function customers_of(orders, customers) {
    result = [];
    for (o in orders) {
        result.push(customers.find(c => c.id == o.customer));  //~ R5 customers
    }
    return result;
}

// Texts, few constants, arrays of this round, look-ups in objects, one search outside.
function fine(lines, seen) {
    vowels = ["a", "e", "i", "o", "u"];
    n = 0;
    for (line in lines) {
        parts = line.split(",");
        if (parts.includes("x")) { n = n + 1; }
        if (line.includes("y")) { n = n + 1; }
        if (vowels.includes(line)) { n = n + 1; }
        if (seen[line]) { n = n + 1; }
        if (contains(parts, line)) { n = n + 1; }
        if (contains(vowels, line)) { n = n + 1; }
    }
    return contains(lines, "z") && lines.includes("q");
}

print(matches([{price: 1}], [{price: 2}]), common([1, 2, 3], [4]), known(["a"], ["b"].concat(["c"])));
print(customers_of([{customer: 1}], [{id: 1}]), fine(["a", "b"], {}));
)ml");
}

TEST_CASE("R6: recursion that meets the same numbers again") {
  check_marked(R"ml(
function fibonacci(n) {  //~ R6 fibonacci 2
    if (n <= 1) return n;
    return fibonacci(n - 1) + fibonacci(n - 2);
}

function paths(row, column) {  //~ R6 paths 2
    if (row == 0 || column == 0) return 1;
    down = paths(row - 1, column);
    return down + paths(row, column - 1);
}

function best(items, i, room) {  //~ R6 best 3
    if (i == items.length) { return 0; }
    if (items[i].weight > room) { return best(items, i + 1, room); }
    without = best(items, i + 1, room);
    taken = items[i].value + best(items, i + 1, room - items[i].weight);
    return taken > without ? taken : without;
}

cache = {};
function remembered(n) {
    if (n <= 1) return n;
    if (cache[n]) { return cache[n]; }
    result = remembered(n - 1) + remembered(n - 2);
    cache[n] = result;
    return result;
}

function with_memo(n, memo) {
    if (n <= 1) return n;
    if (memo[n] != null) return memo[n];
    memo[n] = with_memo(n - 1, memo) + with_memo(n - 2, memo);
    return memo[n];
}

// One way or the other, parts of a tree, parts of an array, work with effects.
function search(values, x, low, high) {
    if (low > high) return -1;
    middle = (low + high) // 2;
    if (values[middle] == x) return middle;
    if (values[middle] < x) { return search(values, x, middle + 1, high); }
    return search(values, x, low, middle - 1);
}
function gcd(a, b) { return b == 0 ? a : a > b ? gcd(a - b, b) : gcd(a, b - a); }
function size(node) {
    if (node == null) return 0;
    return 1 + size(node.left) + size(node.right);
}
function sorted_copy(values) {
    if (len(values) < 2) return values;
    pivot = values[0];
    small = values.filter(v => v < pivot);
    large = values.filter(v => v > pivot);
    return sorted_copy(small).concat([pivot], sorted_copy(large));
}
function hanoi(n, from, to, over) {
    if (n == 0) return null;
    hanoi(n - 1, from, over, to);
    print(from, to);
    hanoi(n - 1, over, to, from);
}
function factorial(n) { return n < 2 ? 1 : n * factorial(n - 1); }

print(fibonacci(5), paths(3, 3), best([{weight: 1, value: 2}], 0, 3), remembered(5), with_memo(5, {}));
print(search([1], 1, 0, 0), gcd(3, 6), size(null), sorted_copy([2, 1]), hanoi(2, 1, 2, 3), factorial(3));
)ml");
}

TEST_CASE("R7: strings that grow in a loop") {
  check_marked(R"ml(
function table(rows, sep) {
    text = "";
    for (row in rows) {
        text = text + row.name + sep;  //~ R7 text
        line = "";
        line = line + row.name;
        for (k = 0; k < 3; k = k + 1) {
            line = line + k;  //~ R7 line
        }
        text = `${text}${line}`;  //~ R7 text
    }
    return text;
}

out = "";
i = 0;
while (i < 10) {
    out = "x" + out;  //~ R7 out
    i = i + 1;
}

// Numbers, arrays, and texts of one round.
function total(rows) {
    sum_all = 0;
    names = [];
    for (row in rows) {
        sum_all = sum_all + row.price;
        names = names + [row.name];
        label = "a";
        label = label + row.name;
        print(label);
    }
    return sum_all;
}

rows = [{name: "n", price: 2}];
print(table(rows, ";"), total(rows), out);
)ml");
}

TEST_CASE("R9: copies of collections") {
  check_marked(R"ml(
function totals(rows) {
    copy = rows.slice();  //~ R9 rows
    again = rows[:];  //~ R9 rows
    ordered = sorted(copy);  //~ R9 copy
    part = rows.slice(1, 3);
    return len(copy) + len(again) + len(ordered) + len(part);
}
print(totals([1, 2, 3]));
)ml");
}

TEST_CASE("R10: temporary arrays and objects") {
  check_marked(R"ml(
function process(items) {
    return items  //~ R10 3
        .map(x => { value: x })  //~ R10 0
        .filter(o => o.value > 0)
        .map(o => o.value * 2);
}
function all_steps(items) {
    step1 = items.map(x => x + 1);
    step2 = step1.map(x => x * 2);
    step3 = step2.map(x => x - 1);  //~ R10 3
    return step3;
}
function points(n) {
    total = 0;
    for (i = 0; i < n; i = i + 1) {
        p = {x: i, y: i + 1};  //~ R10 0
        total = total + p.x * p.y;
    }
    return total;
}
// Kept, or one array only.
function records(items) {
    result = [];
    for (x in items) {
        o = {x: x};
        result.push(o);
        result.push({y: x});
    }
    once = items.map(x => x + 1);
    return [result, once.filter(x => x > 1), once];
}
print(process([1]), all_steps([1]), points(3), records([1, 2]));
)ml");
}

TEST_CASE("R12: conditions that compute the same again") {
  check_marked(R"ml(
import math;
function limit(values) {
    best = 0;
    for (v in values) { if (v > best) { best = v; } }
    return best;
}
function run(values, text) {
    n = 0;
    i = 0;
    while (i < limit(values)) { i = i + 1; }  //~ R12 limit(values)
    for (k = 0; k < text.split(",").length; k = k + 1) { n = n + k; }  //~ R12 text.split(",")
    for (k = 0; k < math.sqrt(len(text)); k = k + 1) { n = n + k; }  //~ R12 math.sqrt(len(text))
    while (n < len(values) && n < 5) { n = n + 1; }  //~ R12 len(values)
    // Computed once, or it changes.
    for (k = 0; k < len(values); k = k + 1) { n = n + k; }
    while (limit(values) < 100) { values.push(50 + n); }
    while (len(values) > 3) { values.pop(); }
    while (i < limit([i])) { i = i + 1; }
    return n;
}
print(run([1, 2, 3], "a,b"));
)ml");
}

TEST_CASE("R13: the same call again") {
  check_marked(R"ml(
import random;
function rate(country) {
    r = 0.1;
    for (c in ["a", "b"]) { if (c == country) { r = r + 0.1; } }
    return r;
}
function chance(country) { return random.random(); }
count = 0;
function numbered(country) { nonlocal count; count = count + 1; return count; }
function row(n) { return [n, n]; }
function prices(orders, country) {
    total = 0;
    rows = [];
    for (o in orders) {
        total = total + o.price * rate(country);  //~ R13 rate(country)
        total = total + rate(o.country) + chance(country) + numbered(country);
        rows.push(row(2));
        country2 = country + "x";
        total = total + rate(country2);
    }
    return total + rate(country) + len(rows);
}
print(prices([{price: 2, country: "c"}], "x"));
)ml");
}

TEST_CASE("texts are those of the specification") {
  const std::string_view source = R"ml(function f(n) {
    if (n < 2) return n;
    return f(n - 1) + f(n - 2);
}
function g(xs, ys) {
    s = "";
    for (x in xs) {
        for (y in xs) {
            if (x == y && ys.includes(x)) { s = s + x; }
        }
    }
    return s;
}
print(f(3), g([1], [2].concat([3])));
)ml";
  const auto hints = hints_of(source);
  REQUIRE(listed(hints) == "1 R6 f 2\n8 R4 xs\n9 R5 ys\n9 R7 s\n");
  CHECK(advice::finding_text(hints[0], "2,000") ==
        "Calls itself at 2 places and keeps no results (2,000 calls in this run)");
  CHECK(advice::finding_text(hints[0]) == "Calls itself at 2 places and keeps no results");
  CHECK(advice::finding_text(hints[1]) ==
        "Lines 7 and 8 loop over the same array \"xs\" (work grows with its square)");
  CHECK(advice::finding_text(hints[2]) ==
        "Line 9 searches the array \"ys\" inside a loop (each search is a full pass)");
  CHECK(advice::finding_text(hints[3]) ==
        "Line 9 appends to the string \"s\" inside a loop (every step copies it)");
  CHECK(advice::consider_text(hints[0]) == "storing results in an object keyed by the argument");
  CHECK(advice::consider_text(hints[1]) == "one pass that stores each key in an object and looks it up");
  CHECK(advice::consider_text(hints[2]) == "building an object from it once and testing obj[key]");
  CHECK(advice::consider_text(hints[3]) == "collecting the parts in an array and joining once");
  CHECK(hints[0].function == advice::FunctionPlace{"f", 1});
  CHECK(hints[1].function == advice::FunctionPlace{"g", 5});
  CHECK(source.substr(hints[0].span.begin, hints[0].span.size()) == "f");
  CHECK(source.substr(hints[1].span.begin, hints[1].span.size()).starts_with("for (y in xs"));
  CHECK(source.substr(hints[1].loop.begin, hints[1].loop.size()).starts_with("for (x in xs"));
  CHECK(source.substr(hints[2].span.begin, hints[2].span.size()) == "ys.includes(x)");
}

TEST_CASE("broken programs have the hints of what can be read") {
  CHECK(listed(hints_of("x = ;\nfunction f(n) { return n < 2 ? n : f(n - 1) + f(n - 2); }\nprint(f(3)")) ==
        "2 R6 f 2\n");
  CHECK(hints_of("").empty());
  CHECK(hints_of("for (x in").empty());
}
