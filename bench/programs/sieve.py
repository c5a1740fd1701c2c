def primes(limit):
    is_prime = [True] * (limit + 1)
    is_prime[0] = False
    is_prime[1] = False
    i = 2
    while i * i <= limit:
        if is_prime[i]:
            for j in range(i * i, limit + 1, i):
                is_prime[j] = False
        i += 1
    found = []
    for n in range(2, limit + 1):
        if is_prime[n]:
            found.append(n)
    return found


found = primes(3200000)
print(len(found), found[-1])
