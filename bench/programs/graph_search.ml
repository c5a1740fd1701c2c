// Breadth-first search from many starts, and how far everything is.
function build(n) {
    graph = {};
    for (i = 0; i < n; i = i + 1) {
        graph[i] = [(i * 7 + 1) % n, (i * 3 + 2) % n, (i + 1) % n];
    }
    return graph;
}

function distances(graph, start) {
    distance = {};
    distance[start] = 0;
    queue = [start];
    head = 0;
    while (head < len(queue)) {
        node = queue[head];
        head = head + 1;
        next_distance = distance[node] + 1;
        for (other in graph[node]) {
            if (distance[other] == null) {
                distance[other] = next_distance;
                queue.push(other);
            }
        }
    }
    return distance;
}

function main() {
    graph = build(5000);
    longest = 0;
    total = 0;
    for (start = 0; start < 5000; start = start + 60) {
        for (d in values(distances(graph, start))) {
            total = total + d;
            if (d > longest) longest = d;
        }
    }
    print(longest, total);
}

main();
