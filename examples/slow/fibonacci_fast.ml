// Keeps what it has computed: 59 calls for fibonacci(30).

fibCache = {};
function fibonacci(n) {
    if (n <= 1) return n;

    if (fibCache[n]) {
        return fibCache[n];
    }

    result = fibonacci(n - 1) + fibonacci(n - 2);
    fibCache[n] = result;
    return result;
}

print(fibonacci(30));
