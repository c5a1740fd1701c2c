result = 2 + 2;
