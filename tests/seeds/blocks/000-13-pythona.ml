result = 30 * 2;
