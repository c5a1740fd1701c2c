function applyBusinessRule(x) { return x > threshold ? x : 0; }
