# Dockerfile
FROM python:3.12

COPY requirements.txt .
RUN pip install -r requirements.txt

COPY ml_code/ /app/ml_code/

# Pre-transpile ML code during build
RUN python -c "
from pathlib import Path
from mlpy.ml.transpiler import MLTranspiler
import pickle

transpiler = MLTranspiler()

for ml_file in Path('/app/ml_code').glob('**/*.ml'):
    with open(ml_file) as f:
        ml_code = f.read()

    # Transpile and cache
    result = transpiler.transpile(ml_code)

    # Save transpiled code
    cache_file = ml_file.with_suffix('.pyc')
    with open(cache_file, 'wb') as f:
        pickle.dump(result, f)
"

COPY app.py /app/
CMD ["python", "/app/app.py"]
