function f(n) { for (i = 0; i < n; i = i + 1) { if (i == 2) return i; } return i; }
print(f(1), f(5), f(0), f(2.5));
function g() { total = 0; for (i = 10; i > 0; i = i - 3) { total = total + i; } return [total, i]; } print(g());
function h(xs) { out = []; for (i = 0; i < xs.length; i = i + 1) { out.push(xs[i]); if (out.length > 100) break; } return out; }
k = [1, 2]; print(h(k)); 
function alias(a) { b = a; for (i = 0; i < a.length; i = i + 1) { if (i < 3) b.push(i); } return a; } print(alias([1]));
function two(a, b) { for (i = 0; i < a.length; i = i + 1) { if (i < 3) b.push(i); } return a; } same = [1]; print(two(same, same));
for (i = 0; i < 3; i = i + 1) { try { if (i == 1) continue; if (i == 2) throw "t"; print(i); } except (e) { print("c", e, i); continue; } finally { print("f", i); } }
print(i);
function* lazy(xs) { for (i = 0; i < xs.length; i = i + 1) yield xs[i]; } L = [1]; for (v in lazy(L)) { if (v < 4) L.push(v + 1); } print(L);
lim = 3; function chg() { nonlocal lim; lim = 5; } for (i = 0; i < lim; i = i + 1) { if (i == 1) chg(); } print(i);
function outer() { n = 3; function c() { nonlocal n; n = 6; } for (j = 0; j < n; j = j + 1) { if (j == 0) c(); } return j; } print(outer());
for (i = 0; i < 2; i = i + 1) { for (i2 = i; i2 <= 2; i2 = i2 + 1) { if (i2 == 1) continue; print(i, i2); } } print(i, i2);
step = 2; for (q = 0; q < 7; q = q + step) { } print(q);
for (i = 5; i < 3; i = i + 1) { } print(i);
len2 = len; print(len2([1]), (x => x)(3), `${1}${"a"}`, `${[1]}`);
function sh(max) { return max(1, 2); } print(sh((a, b) => "own")); 
function kw(print2, in2 = 3) { return [print2, in2]; } print(kw(1));
r = (1 < 2) == true; print(r, 3 > 2 > 1, -2 - -2, -(3) // 2, 2 - (3 - 4), 2 / (4 / 2), (1 + 2) % 2, !(1 == 2) && true);
print([1, 2][0] + "", "a" + ("b" + 1), 1 + (2 + "x"), "p" + (1 ? 2 : 3) + (null || "d"));
