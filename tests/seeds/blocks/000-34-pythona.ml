result = fibonacci(30);
