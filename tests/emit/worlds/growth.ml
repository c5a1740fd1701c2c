// What doubles again and again is refused by its size, wherever it passes through; what grows by steps is not.
function square(v) { return v * v; }
function refused(f) { try { f(); } except (e) { return e.type; } return "done"; }

print(refused(fn() => { x = 2; for (i = 0; i < 60; i = i + 1) x = x * x; }),
      refused(fn() => { x = 3; for (i = 0; i < 60; i = i + 1) x = square(x); }),
      refused(fn() => { x = 3; y = 5; for (i = 0; i < 100; i = i + 1) { x = x * y; y = y * x; } }),
      refused(fn() => { o = {x: 3}; for (i = 0; i < 60; i = i + 1) o.x = o.x * o.x; }),
      refused(fn() => { a = [3]; for (i = 0; i < 60; i = i + 1) a[0] = abs(a[0] * a[0]); }));
print(refused(fn() => { s = "ab"; for (i = 0; i < 99; i = i + 1) s = s + s; }),
      refused(fn() => { s = "ab"; for (i = 0; i < 99; i = i + 1) { t = s; s = s + t; } }),
      refused(fn() => { s = "ab"; for (i = 0; i < 99; i = i + 1) s = s + ("-" + s); }),
      refused(fn() => { s = "ab"; for (i = 0; i < 99; i = i + 1) s = s.upper() + s; }),
      refused(fn() => { s = "ab"; for (i = 0; i < 99; i = i + 1) s = `${s}${s}`; }),
      refused(fn() => { s = "ab"; for (i = 0; i < 99; i = i + 1) s = s * 2; }));
print(refused(fn() => "ab" * 99999999999), refused(fn() => { n = 99999999999; return n * "ab"; }),
      refused(fn() => { a = [1]; for (i = 0; i < 99; i = i + 1) a = a * 2; }));

f = 1;
for (i in range(1, 200)) { f = f * i; }
s = ""; line = "";
for (i in range(20000)) { line = "x" + i; s = s + line + "\n"; }
print(len(str(f)), len(s), "-" * 3, [0] * 2, 3 * "ab", refused(fn() => square(square(12345))));
