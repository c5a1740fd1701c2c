"""The policy of a program started by the command, from the options it was started with.

The command hands them over as one JSON object, of which every part may be missing:

    {"grants": [[TEXT, BASE FOLDER], ...], "deny": [...], "allow_all": true, "no_defaults": true,
     "audit": FILE, "run_anyway": true, "grant_declared": true, "yes": true, "deny_multilink": true, "quiet": true,
     "extensions": [FOLDER, ...]}
"""

import sys

from mlpy.runtime import capabilities

EXIT_USAGE, EXIT_CAPABILITY = 2, 5


def read_options(text):
    from mlpy.stdlib.json import parse

    return parse(text) if text else {}


def make(options, declarations=(), extra=(), audit=None):
    """The policy; BadGrant or OSError when the options cannot be used. ``extra``: names extension modules use.
    ``audit``: descriptor of the command that writes the file of events, so that this process need not."""
    def read(pairs):
        return [grant for text, base in pairs for grant in capabilities.grants_of([text], base or None, extra)]

    denials = [(capabilities.denied_by(text), base) for text, base in options.get("grants", ())]
    wanted = [pair for pair, (denied, _) in zip(options.get("grants", ()), denials) if denied is None]
    denials = [pair for pair in denials if pair[0] is not None]
    note = None
    if audit is not None:
        note = capabilities.audit_to(audit)
    elif options.get("audit"):
        note = capabilities.open_audit(options["audit"])
    return capabilities.Policy(
        read(wanted), read([*options.get("deny", ()), *denials]), capabilities.needs_of(declarations), not options.get("no_defaults"),
        bool(options.get("allow_all")), note)


def refuse_start(loader):
    """The exit code when a program must not start, after saying why; 0 when it may."""
    try:
        policy = loader.policy
    except (capabilities.BadGrant, OSError) as error:
        sys.stderr.write(f"mlpy: {error}\n")
        return EXIT_USAGE
    options = read_options(loader.options)
    for grant in () if options.get("quiet") else policy.grants:
        if capabilities.RESOURCES.get(grant.name) and (grant.pattern is None or grant.pattern.everything):
            sys.stderr.write(f"mlpy: warning SEC301: grant {grant} covers everything\n")
    missing = policy.unmet()
    if not missing:
        return 0
    if options.get("grant_declared") and (options.get("yes") or confirmed(missing)):
        policy.grants += missing
        return 0
    if options.get("run_anyway"):
        return 0
    sys.stderr.write(explain_unmet(missing))
    return EXIT_CAPABILITY


def confirmed(missing):
    """Asks the person at the terminal."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    sys.stderr.write("The program asks for:\n" + "".join([f"  {grant}\n" for grant in missing]) + "Grant it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def explain_unmet(missing):
    """What a person reads when declared needs are not granted."""
    lines = ["error: the program declares capabilities that are not granted:"]
    lines += [f"  {grant}" for grant in missing]
    flags = " ".join(f"--grant {quoted(str(grant))}" for grant in missing)
    lines.append(f"grant them with: {flags}")
    lines.append("or run without them: --run-anyway")
    return "\n".join(lines) + "\n"


def quoted(word):
    """A word as a shell takes it."""
    safe = all(c.isalnum() or c in "_-./:,@%+=" for c in word)
    return word if safe else "'" + word.replace("'", "'\\''") + "'"
