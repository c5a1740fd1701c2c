// What the shop sells, and to whom. Everything is made from a seed, so that every run sees the same data.

seed = 20240229;

// A number from 0 to below - 1: the "minimal standard" generator.
function pick_number(below) {
    nonlocal seed;
    seed = seed * 48271 % 2147483647;
    return seed % below;
}

function pick(list) {
    return list[pick_number(len(list))];
}

function make_product(id, kind, size) {
    base = {lamp: 39.0, chair: 89.5, desk: 240.0, shelf: 119.0, rug: 64.25}[kind];
    factor = {small: 0.8, medium: 1, large: 1.35}[size];
    return {
        id: id,
        name: `${size} ${kind}`,
        kind: kind,
        price: base * factor,
        stock: 900 + pick_number(400),
    };
}

function make_products() {
    result = [];
    for (kind in ["lamp", "chair", "desk", "shelf", "rug"]) {
        for (size in ["small", "medium", "large"]) {
            result.push(make_product("P" + str(len(result) + 1).padStart(2, "0"), kind, size));
        }
    }
    return result;
}

function make_customers() {
    first = ["Ada", "Ben", "Chloe", "Dev", "Elif", "Farid", "Grete", "Hiro"];
    last = ["Okafor", "Larsen", "Moreau", "Singh", "Rossi", "Novak"];
    levels = ["basic", "basic", "basic", "silver", "silver", "gold"];
    result = [];
    for (f in first) {
        for (l in last) {
            result.push({
                id: len(result) + 1,
                name: f + " " + l,
                level: pick(levels),
                since: 2005 + pick_number(19),
            });
        }
    }
    return result;
}
