# Breadth-first search from many starts, and how far everything is.
def build(n):
    graph = {}
    for i in range(n):
        graph[i] = [(i * 7 + 1) % n, (i * 3 + 2) % n, (i + 1) % n]
    return graph


def distances(graph, start):
    distance = {start: 0}
    queue = [start]
    head = 0
    while head < len(queue):
        node = queue[head]
        head += 1
        next_distance = distance[node] + 1
        for other in graph[node]:
            if other not in distance:
                distance[other] = next_distance
                queue.append(other)
    return distance


def main():
    graph = build(5000)
    longest = 0
    total = 0
    for start in range(0, 5000, 60):
        for d in distances(graph, start).values():
            total += d
            if d > longest:
                longest = d
    print(longest, total)


main()
