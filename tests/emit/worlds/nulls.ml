function show(f) { try { print(f()); } except (e) { print(e.type + ": " + e.message); } }
x = null;
show(() => x.push(1));
show(() => x.length);
show(() => x.length());
show(() => x.name);
show(() => x.upper());
show(() => x.foo());
show(() => null.push(1));
show(() => null.length);
function g(a) { return a.push(2); }
show(() => g(null));
function h(a) { return a.length; }
show(() => h(null));
show(() => h("abc"));
function maybe(n) { if (n > 0) { return [1]; } return null; }
show(() => maybe(0).push(1));
show(() => maybe(0).append(1));
show(() => maybe(0).length);
show(() => maybe(0).length());
show(() => maybe(0).pop());
function text(n) { if (n > 0) { return "s"; } return null; }
show(() => text(0).toUpperCase());
show(() => text(0).startsWith("a"));
show(() => text(0).length);
show(() => text(0).indexOf("a"));
show(() => maybe(0).slice(1));
show(() => maybe(0).map(q => q));
show(() => text(0).slice(1));
function stmt() { m = maybe(0); m.push(3); }
show(stmt);
function stmt2() { m = maybe(0); n = m.length; return n; }
show(stmt2);
function stmt3() { m = maybe(0); for (i = 0; i < m.length; i = i + 1) { print(i); } }
show(stmt3);
o = {a: null};
show(() => o.a.push(1));
show(() => o.a.length);
show(() => o.a.b.c);
