// Particles in a box: reads and writes of members, nothing else.
function particle(x, y, vx, vy) {
    return {x: x, y: y, vx: vx, vy: vy, hits: 0};
}

function step(p, width, height) {
    p.x = p.x + p.vx;
    p.y = p.y + p.vy;
    if (p.x < 0 || p.x > width) {
        p.vx = -p.vx;
        p.hits = p.hits + 1;
    }
    if (p.y < 0 || p.y > height) {
        p.vy = -p.vy;
        p.hits = p.hits + 1;
    }
}

function main() {
    particles = [];
    for (i = 0; i < 100; i = i + 1) {
        particles.push(particle(i * 3 % 640, i * 7 % 480, i % 5 - 2, i % 7 - 3));
    }
    for (round = 0; round < 12000; round = round + 1) {
        for (p in particles) {
            step(p, 640, 480);
        }
    }
    hits = 0;
    for (p in particles) {
        hits = hits + p.hits;
    }
    print(hits);
}

main();
