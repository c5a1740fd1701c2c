function process(x) { return x * 2; }; result = process(21);
