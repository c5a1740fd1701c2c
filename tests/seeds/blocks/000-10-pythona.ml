result = data.map(x => x * 2);
