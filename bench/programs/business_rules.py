# Prices orders by rules: records in, records out.
def discount(customer, amount):
    if customer["level"] == "gold" and amount > 500:
        return 0.15
    if customer["level"] == "gold":
        return 0.1
    if customer["level"] == "silver" and amount > 1000:
        return 0.08
    if customer["years"] >= 5:
        return 0.03
    return 0


def price(order, customer):
    amount = 0
    for line in order["lines"]:
        amount += line["count"] * line["price"]
    rate = discount(customer, amount)
    shipping = 0 if amount > 200 else 9.5
    return {"id": order["id"], "customer": customer["name"], "net": amount * (1 - rate) + shipping, "rate": rate}


def make_orders(n):
    levels = ["gold", "silver", "basic"]
    orders = []
    for i in range(n):
        lines = []
        for k in range(i % 4 + 1):
            lines.append({"sku": f"S{k}", "count": i % 7 + 1, "price": (i * 13 + k * 7) % 190})
        customer = {"name": f"c{i % 50}", "level": levels[i % 3], "years": i % 9}
        orders.append({"id": i, "customer": customer, "lines": lines})
    return orders


def main():
    orders = make_orders(60000)
    totals = {}
    for order in orders:
        priced = price(order, order["customer"])
        if priced["net"] > 100 and priced["rate"] < 0.15:
            name = priced["customer"]
            totals[name] = totals.get(name, 0) + priced["net"]
    best = None
    for name in totals:
        if best is None or totals[name] > totals[best]:
            best = name
    print(len(totals), best, round(totals[best], 2))


main()
