// Computes the same values again and again: 2,692,537 calls for fibonacci(30).

function fibonacci(n) {
    if (n <= 1) return n;
    return fibonacci(n - 1) + fibonacci(n - 2);
}

print(fibonacci(30));
