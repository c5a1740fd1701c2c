"""Starts a program handed over by the ``mlpy`` command.

The command passes a bundle (runtime/link/bundle.h) through a memory file. The code objects compiled from it are kept
in the transpilation cache between runs. Imports here are few on purpose: they are the start-up time of every run.
"""

from time import monotonic_ns

BEGAN = monotonic_ns()  # before the imports, which a profile counts

import marshal
import sys
from os import _exit, close, environ, fstat, getpid, lseek, pread, read, rename, unlink

try:
    from mlpy import _native
except ImportError:
    from mlpy.runtime import unsupported

    unsupported.explain()

from mlpy.runtime import modules

BUNDLE_VERSION = 2
EXIT_INTERRUPTED = 130
CODE_KEY_SIZE = 64
HASH_SIZE = 32
ROOM = 1 << 15  # values


def main():
    """Entry point: ``argv[1:]`` is the descriptor of a memory file (and below it, by lines, the options of
    ``runtime.confinement``), bundle hash, code file, capture file, profile options, options of the policy
    (``runtime.policy``), the program's file as it was named, program arguments.

    The memory file has the key of the code file, when there is one, and the bundle.
    """
    descriptor, bundle_hash, code_file, capture, options = sys.argv[1:6]
    policy_options, script, *arguments = sys.argv[6:]
    descriptor, _, sandbox_options = descriptor.partition("\n")
    started = monotonic_ns()
    code_key = pread(int(descriptor), CODE_KEY_SIZE, 0) if code_file else b""
    program = load_codes(code_file, bundle_hash, code_key) if code_file else None
    steps = [("transpilation", "load_bytecode", monotonic_ns() - started)] if code_file else []
    if program is None:
        program = compile_bundle(read_from(int(descriptor), len(code_key)), steps)
        if code_file:
            started = monotonic_ns()
            store_codes(code_file, bundle_hash, code_key, program)
            steps.append(("transpilation", "store_bytecode", monotonic_ns() - started))
    else:
        close(int(descriptor))
    _exit(with_room(run, program, arguments, capture, options, steps, policy_options, script, sandbox_options))


def with_room(function, *arguments):
    """Calls ``function`` with room for two thousand frames above it.

    CPython takes memory for frames in pieces of 16 KB and gives a piece back as soon as nothing is on it. A program whose
    depth goes up and down across the end of one asks the system for memory at every turn, and is three times slower. For
    a frame that needs much it takes a large piece, the rest of which is left for the frames above.
    """
    # Made here, the object of this frame is not among what a profiled program allocates: an error would make it.
    sys._getframe()
    return function(*arguments)


with_room.__code__ = with_room.__code__.replace(co_stacksize=ROOM)


def run(program, arguments, capture="", options="", steps=(), policy_options="", script="", sandbox_options=""):
    """Runs compiled modules (see ``compile_bundle``) and returns the exit code of the process.

    ``capture``, ``options`` and ``steps`` ask for a profile (see ``profiling.Session``). ``policy_options`` and
    ``script``: see ``modules.Loader``; ``sandbox_options``: see ``confinement.Sandbox``.
    """
    debugger = None
    if "MLPY_DEBUG_SOCKET" in environ:
        from mlpy.runtime.debugging import agent

        debugger = agent.Agent(program)
        debugger.prepare()
        program = debugger.program
    profile = None
    if capture:
        from mlpy.runtime import profiling

        profile = profiling.Session(capture, options, steps, BEGAN)
        if not debugger:
            profile.let_numbers_count({name for module in program for name, index in module[4] if index < 0})
        program = [(name, shown, file, profile.instrument(code, shown, index == 0), *rest)
                   for index, (name, shown, file, code, *rest) in enumerate(program)]
    loader = modules.Loader(program, arguments, script, policy_options)
    loader.profile = profile
    sandbox = None
    entering = monotonic_ns()
    if sandbox_options:
        from mlpy.runtime.confinement import Sandbox

        sandbox = loader.sandbox = Sandbox(sandbox_options, loader)
        sandbox.begin(debugger.descriptors() if debugger else ())
    refused = loader.refuses_start()
    if sandbox:
        refused = sandbox.refuse(refused) if refused else sandbox.enter(capture or debugger and debugger.capture or "")
    if refused:
        return refused
    if profile:
        profile.step("sandbox_startup", "apply_limits", monotonic_ns() - entering)
    status = 0
    try:
        if debugger:
            debugger.start(loader, profile)
        if profile:
            profile.start()
        try:
            loader.run_main()
        except BaseException as error:
            if debugger:
                debugger.uncaught(error)
            if profile:
                if sandbox:
                    sandbox.reserve = None
                profile.failed(_native.limit_error(error) if sandbox else error)
            raise
        finally:
            if profile:
                profile.stop()
    except KeyboardInterrupt:
        status = EXIT_INTERRUPTED
    except SystemExit as stop:
        status = stop.code if type(stop.code) is int else 1
    except BrokenPipeError:  # whoever read the output has enough of it
        status = 1
    except BaseException as error:
        if sandbox:
            sandbox.reserve = None
        flush()
        from mlpy.runtime import errors

        if sandbox:
            error = sandbox.failure = _native.limit_error(error)
        status = errors.report_uncaught(error)
        if sandbox:
            status = sandbox.judged(error, status)
    loader.close()
    status = flush() or status
    if debugger:
        debugger.finish(status)
    return sandbox.finish(status) if sandbox else status


def flush():
    """Flushes the standard streams. Returns 1 when standard output could not take everything."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        # The reader went away (a closed pipe): nobody is left to tell.
        return 1
    try:
        sys.stderr.flush()
    except (OSError, ValueError):
        pass
    return 0


def compile_bundle(bundle, steps):
    """Code objects of every module of a bundle: ``[(name, shown file, file, code, imports, declarations),
    ...]``, main first.

    Appends to ``steps`` what each took.
    """
    version, sources = marshal.loads(bundle)
    if version != BUNDLE_VERSION:
        raise SystemExit("mlpy: the command and its Python package are of different versions")
    program = []
    for name, shown, file, python, positions, imports, declarations in sources:
        started = monotonic_ns()
        code = compile(python, shown, "exec", dont_inherit=True)
        program.append((name, shown, file, _native.rewrite(code, shown, positions), imports, declarations))
        steps.append(("transpilation", "compile_bytecode", monotonic_ns() - started))
    return program


def read_from(descriptor, begin):
    """The content of a memory file from a byte on; the file is then closed."""
    lseek(descriptor, begin, 0)
    size = fstat(descriptor).st_size - begin
    data = read(descriptor, size)
    while len(data) < size:
        data += read(descriptor, size - len(data))
    close(descriptor)
    return data


def code_header(bundle_hash):
    """What must be equal for kept code objects to be usable: bundle, interpreter and this package's build."""
    return f"MLPYCODE2 {bundle_hash} {sys.hexversion} {_native.BUILD}\n".encode()


def keyed_hash(data, key):
    import _blake2

    return _blake2.blake2b(data, key=key, digest_size=HASH_SIZE).digest()


def load_codes(code_file, bundle_hash, key):
    """Kept code objects, or None when there are none, they are damaged, belong to something else, or were not kept by
    this user."""
    try:
        with open(code_file, "rb", buffering=0) as file:
            data = file.read()
    except OSError:
        return None
    header = code_header(bundle_hash)
    body = len(header) + HASH_SIZE
    if not data.startswith(header) or keyed_hash(data[body:], key) != data[len(header):body]:
        return None
    return marshal.loads(data[body:])


def store_codes(code_file, bundle_hash, key, program):
    """Keeps code objects for the next run. A folder that cannot be written only costs speed."""
    data = marshal.dumps(program)
    temporary = f"{code_file}.{getpid()}.tmp"
    try:
        with open(temporary, "xb", buffering=0) as file:
            file.write(code_header(bundle_hash) + keyed_hash(data, key) + data)
        rename(temporary, code_file)
    except OSError:
        try:
            unlink(temporary)
        except OSError:
            pass
