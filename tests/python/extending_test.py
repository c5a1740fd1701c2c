"""Modules written in Python, for programs that run inside Python programs."""

import os
import pickle
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from mlpy import MLREPLSession
from mlpy.integration import AsyncMLExecutor
from mlpy.ml.errors import exceptions as e
from mlpy.ml.transpiler import MLTranspiler

SHAPES = '''
@ml_module(name="shapes", description="Shapes", capabilities=[], version="1.0.0")
class Shapes:
    LIMIT = 5
    @ml_function("Doubles")
    def double(self, x):
        return x * 2

shapes = Shapes()
'''
SOURCE = "import shapes; result = shapes.double(20) + shapes.LIMIT;"


class Extensions(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="mlpy-extending-")
        self.addCleanup(holder.cleanup)
        self.folder = holder.name
        Path(self.folder, "shapes_bridge.py").write_text(SHAPES)

    async def test_every_door(self):
        transpiler = MLTranspiler(python_extension_paths=[self.folder])
        self.assertEqual(transpiler.execute(SOURCE), 45)
        result, _ = transpiler.execute_with_sandbox(SOURCE)
        self.assertEqual(result.return_value, 45, result.error)
        async with AsyncMLExecutor(1, python_extension_paths=[self.folder]) as executor:
            self.assertEqual((await executor.execute(SOURCE)).value, 45)
        with MLREPLSession(extension_paths=[self.folder]) as session:
            self.assertEqual(session.execute("import shapes; shapes.double(3)").value, 6)
            self.assertEqual(session.execute("shapes.double(4)").value, 8)
        with self.assertRaises(e.MLImportError):
            MLTranspiler().execute(SOURCE)

    def test_programs_take_their_folders_along(self):
        data = pickle.dumps(MLTranspiler(python_extension_paths=[self.folder]).transpile(SOURCE))
        program = "import pickle, sys; assert pickle.loads(sys.stdin.buffer.read()).execute({}) == 45"
        subprocess.run([sys.executable, "-c", program], input=data, check=True)

    def test_the_environment_names_folders(self):
        program = "import sys; from mlpy.ml.transpiler import MLTranspiler; assert MLTranspiler().execute(sys.argv[1]) == 45"
        subprocess.run([sys.executable, "-c", program, SOURCE], check=True,
                       env={**os.environ, "MLPY_EXTENSION_PATHS": self.folder})

    def test_a_missing_folder_is_told(self):
        with self.assertWarnsRegex(UserWarning, "no such folder"), self.assertRaises(e.MLImportError):
            MLTranspiler(python_extension_paths=[self.folder + "/none"]).execute(SOURCE)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
