// The planets pull at each other: float arithmetic on members.
import math;

function body(x, y, vx, vy, mass) {
    return {x: x, y: y, vx: vx, vy: vy, mass: mass};
}

function advance(bodies, dt) {
    n = len(bodies);
    for (i = 0; i < n; i = i + 1) {
        a = bodies[i];
        for (j = i + 1; j < n; j = j + 1) {
            b = bodies[j];
            dx = a.x - b.x;
            dy = a.y - b.y;
            squared = dx * dx + dy * dy + 0.01;
            force = dt / (squared * math.sqrt(squared));
            a.vx = a.vx - dx * b.mass * force;
            a.vy = a.vy - dy * b.mass * force;
            b.vx = b.vx + dx * a.mass * force;
            b.vy = b.vy + dy * a.mass * force;
        }
    }
    for (a in bodies) {
        a.x = a.x + dt * a.vx;
        a.y = a.y + dt * a.vy;
    }
}

function energy(bodies) {
    e = 0.0;
    for (b in bodies) {
        e = e + 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy);
    }
    return e;
}

function main() {
    bodies = [
        body(0.0, 0.0, 0.0, 0.0, 39.47), body(4.84, -1.16, 0.6, 2.8, 0.037), body(8.34, 4.12, -1.01, 1.82, 0.011),
        body(12.89, -15.11, 1.08, 0.86, 0.0017), body(15.37, -25.9, 0.97, 0.59, 0.002),
    ];
    for (step = 0; step < 60000; step = step + 1) {
        advance(bodies, 0.001);
    }
    print(format(energy(bodies), ".9f"));
}

main();
