function primes(limit) {
    is_prime = [true] * (limit + 1);
    is_prime[0] = false;
    is_prime[1] = false;
    i = 2;
    while (i * i <= limit) {
        if (is_prime[i]) {
            for (j = i * i; j <= limit; j = j + i) {
                is_prime[j] = false;
            }
        }
        i = i + 1;
    }
    found = [];
    for (n = 2; n <= limit; n = n + 1) {
        if (is_prime[n]) {
            found.push(n);
        }
    }
    return found;
}

found = primes(3200000);
print(len(found), found[-1]);
