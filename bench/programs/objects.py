# Particles in a box: reads and writes of members, nothing else.
class Particle:
    def __init__(self, x, y, vx, vy):
        self.x = x
        self.y = y
        self.vx = vx
        self.vy = vy
        self.hits = 0


def step(p, width, height):
    p.x += p.vx
    p.y += p.vy
    if p.x < 0 or p.x > width:
        p.vx = -p.vx
        p.hits += 1
    if p.y < 0 or p.y > height:
        p.vy = -p.vy
        p.hits += 1


def main():
    particles = []
    for i in range(100):
        particles.append(Particle(i * 3 % 640, i * 7 % 480, i % 5 - 2, i % 7 - 3))
    for _ in range(12000):
        for p in particles:
            step(p, 640, 480)
    hits = 0
    for p in particles:
        hits += p.hits
    print(hits)


main()
