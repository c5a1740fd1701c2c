arr = [1, 2, 3, 4, 5];
result = arr.map(x => x * 2);
