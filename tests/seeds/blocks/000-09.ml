// Without caching
function fibonacci(n) {
    if (n <= 1) return n;
    return fibonacci(n - 1) + fibonacci(n - 2);
}

// With memoization
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
