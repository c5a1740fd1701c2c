// Instead of one 10,000 line file:
// main.ml (10,000 lines)

// Split into modules:
// main.ml (100 lines)
import validators;
import processors;
import formatters;
