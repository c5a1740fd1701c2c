def people(n):
    cities = ["Oslo", "Lima", "Cairo", "Kyoto", "Perth"]
    result = []
    seed = 7
    for _ in range(n):
        seed = (seed * 16807) % 2147483647
        result.append({"name": f"p{seed % 9973}", "city": cities[seed % 5], "age": seed % 80})
    return result


def main():
    rows = people(60000)
    check = 0
    for _ in range(3):
        by_age = sorted(rows, key=lambda r: r["age"])
        by_place = sorted(rows, key=lambda r: (r["city"], r["age"]))
        by_name = sorted(rows, key=lambda r: r["name"], reverse=True)
        check += by_age[100]["age"] + by_place[1000]["age"] + len(by_name[5]["name"])
    print(check)


main()
