# The planets pull at each other: float arithmetic on members.
import math


class Body:
    def __init__(self, x, y, vx, vy, mass):
        self.x = x
        self.y = y
        self.vx = vx
        self.vy = vy
        self.mass = mass


def advance(bodies, dt):
    n = len(bodies)
    for i in range(n):
        a = bodies[i]
        for j in range(i + 1, n):
            b = bodies[j]
            dx = a.x - b.x
            dy = a.y - b.y
            squared = dx * dx + dy * dy + 0.01
            force = dt / (squared * math.sqrt(squared))
            a.vx -= dx * b.mass * force
            a.vy -= dy * b.mass * force
            b.vx += dx * a.mass * force
            b.vy += dy * a.mass * force
    for a in bodies:
        a.x += dt * a.vx
        a.y += dt * a.vy


def energy(bodies):
    e = 0.0
    for b in bodies:
        e += 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy)
    return e


def main():
    bodies = [
        Body(0.0, 0.0, 0.0, 0.0, 39.47), Body(4.84, -1.16, 0.6, 2.8, 0.037), Body(8.34, 4.12, -1.01, 1.82, 0.011),
        Body(12.89, -15.11, 1.08, 0.86, 0.0017), Body(15.37, -25.9, 0.97, 0.59, 0.002),
    ]
    for _ in range(60000):
        advance(bodies, 0.001)
    print(f"{energy(bodies):.9f}")


main()
