import collections;

function people(n) {
    cities = ["Oslo", "Lima", "Cairo", "Kyoto", "Perth"];
    result = [];
    seed = 7;
    for (i = 0; i < n; i = i + 1) {
        seed = (seed * 16807) % 2147483647;
        result.push({name: "p" + seed % 9973, city: cities[seed % 5], age: seed % 80});
    }
    return result;
}

function main() {
    rows = people(60000);
    check = 0;
    for (round = 0; round < 3; round = round + 1) {
        by_age = collections.sortBy(rows, r => r.age);
        by_place = collections.sortBy(rows, r => [r.city, r.age]);
        by_name = collections.sortBy(rows, r => r.name, true);
        check = check + by_age[100].age + by_place[1000].age + len(by_name[5].name);
    }
    print(check);
}

main();
