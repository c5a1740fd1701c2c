# Basic benchmark
$ mlpy integration benchmark mycode.ml

# Custom iterations
$ mlpy integration benchmark mycode.ml --iterations 1000

# Concurrent benchmark
$ mlpy integration benchmark mycode.ml --concurrency 50

# With warmup
$ mlpy integration benchmark mycode.ml --iterations 500 --warmup 20
