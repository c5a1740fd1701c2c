// Defaults of a generator's parameters are evaluated at the call, its body at the first request.
function four() { print("default"); return 4; }
function* g(n = four()) { print("body"); yield n; }
made = g();
print("made", made);
print(next(made), g(1).toArray());

function* count(from, to = from + 3) { while (from < to) { yield from; from = from + 1; } }
print(count(1).toArray(), count(1, 3).toArray());

function* closures(a = 1) { f = fn() => { nonlocal a; a = a + 1; return a; }; f(); yield a; yield f(); }
for (v in closures()) print(v);

total = 0;
function* adds(a = 1) { nonlocal total; total = total + a; yield total; }
function outer() { q = 1; function* inner(a = q) { nonlocal q; q = q + a; yield q; } for (v in inner()) { } return q; }
for (v in adds()) print(v);
for (v in adds(5)) print(v);
print(total, outer());

function* class(lambda = 2) { yield lambda; if (lambda > 0) { for (v in class(lambda - 1)) yield v; } }
anonymous = function* (n = 2) { yield n; throw {message: "late"}; };
print(class().toArray(), class, class(1), anonymous());
try { count(); } except (e) { print(e.message); }
try { anonymous().toArray(); } except (e) { print(e.message, e.line, e.stack[0].function); }
function* named(n = 1) { yield n / 0; }
try { named().toArray(); } except (e) { print(e.type, e.line, e.stack[0].function, e.stack[0].line); }
