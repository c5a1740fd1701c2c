function process(x) { return x * 2; }
