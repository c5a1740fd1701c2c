// The bench calls `work` in four threads at once, as a host application would (bench/launcher.py).
function score(n) {
    s = 0;
    for (i = 0; i < 40; i = i + 1) { s = s + i * n % 7; }
    return s;
}

function work() {
    total = 0;
    for (i = 0; i < 70000; i = i + 1) { total = total + score(i); }
    return total;
}

print("ready");
