"""The `financehub` command: the workstation, and its headless twin.

Exit status: 0 done, 1 an error of the program itself, 2 the line, a flag or a setting could not be understood,
3 no data (the typed reason on standard error), 4 a provider, the store or a file failed.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from financehub_tui import __version__
from financehub_tui.cli.status import FAILED, complain, remark, status_of
from financehub_tui.errors import FinanceHubError

SCENARIOS = ("equities", "crypto")
FORMATS = ("table", "json", "csv", "parquet", "markdown")


def run(arguments: Sequence[str]) -> int:
    """Parse the arguments and do what they say. Returns the exit status."""
    options = _parser(arguments).parse_args(_with_scenario(arguments))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal in the C locale gets an escape for what it cannot show, never an exception.
            stream.reconfigure(errors="backslashreplace")
    try:
        return _flushed(_dispatch(options))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say, nor anyone to say it to.
        _mute()
        return 0
    except FinanceHubError as error:
        complain(error)
        return status_of(error)
    except OSError as error:
        _mute()
        remark(f"{error.filename or 'standard output'}: {error.strerror or error}")
        return FAILED
    except Exception as error:
        import logging

        logging.getLogger(__name__).exception("unexpected")
        remark(f"unexpected {type(error).__name__}: {error}. This is a fault of the program; the log has its place.")
        return 1


def _flushed(status: int) -> int:
    """The status, or that of a failure where standard output cannot take what was printed."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _mute()
        remark(f"standard output: {error.strerror or error}")
        return FAILED
    return status


def _mute() -> None:
    """Nothing more goes to standard output, so that the interpreter does not fail on it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _dispatch(options: argparse.Namespace) -> int:
    """Import and run the command asked for, and nothing else."""
    if options.command == "run":
        from financehub_tui.cli.headless import run_line

        return run_line(options)
    if options.command == "functions":
        from financehub_tui.cli.functions import list_functions

        return list_functions(options.format)
    if options.command == "config":
        from financehub_tui.cli.settings import configure

        return configure(options)
    if options.command == "keys":
        from financehub_tui.cli.keys import keep_keys

        return keep_keys(options)
    if options.command == "doctor":
        from financehub_tui.cli.doctor import examine

        return examine(options)
    from financehub_tui.cli.workstation import open_workstation

    return open_workstation(options)


def _with_scenario(arguments: Sequence[str]) -> list[str]:
    """`--demo` alone means `--demo=equities`; said here so that it never swallows the word after it."""
    return [f"--demo={SCENARIOS[0]}" if word == "--demo" else word for word in arguments]


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """For these arguments: what only `keys` takes is told where it is named, for every start pays for it."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--demo",
        metavar="SCENARIO",
        choices=SCENARIOS,
        default=argparse.SUPPRESS,
        help="bundled data, no network: equities (5 to 7 February 2018) or crypto (8 August 2024)",
    )
    common.add_argument(
        "--replay",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help="play a recording made with --record: no network, its own clock, x1 to x100 (--speed), RPLY in the pane",
    )
    common.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=argparse.SUPPRESS,
        help="a setting for this run, such as display.theme=dark (may be given several times)",
    )
    parser = argparse.ArgumentParser(
        prog="financehub",
        description="A market workstation in a terminal. Without a command it opens.",
        parents=[common],
        epilog="exit status: 0 done, 2 not understood, 3 no data, 4 a provider, the store or a file failed",
    )
    parser.add_argument("--version", action="version", version=f"FinanceHub TUI {__version__}")
    parser.add_argument("--theme", default=None, help="theme for this run")
    parser.add_argument("--plain-output", action="store_true", help="switch the output layer off (for support)")
    parser.add_argument("--line", default="", help="a command line to run when the workstation opens")
    parser.add_argument(
        "--record", metavar="FILE", type=Path, default=None, help="record what live streams say to a file"
    )
    parser.add_argument("--speed", type=float, default=None, help="how fast the clock of a demo runs, 1 to 100")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    headless = commands.add_parser("run", parents=[common], help="run one line and print its report")
    headless.add_argument("line", help='such as "AAPL US Equity HP 6M"')
    headless.add_argument("--format", choices=FORMATS, default="table", help="table where nothing is said")
    headless.add_argument("--output", metavar="FILE", default=None, help="write to a file instead")
    listing = commands.add_parser("functions", help="list every function")
    listing.add_argument("--format", choices=("table", "markdown", "json"), default="table")
    settings = commands.add_parser("config", help="look at the settings", parents=[common])
    settings.add_argument("action", choices=("show", "check", "path", "schema"))
    keys = commands.add_parser("keys", help="keep API keys in the system's keyring", parents=[common])
    if "keys" in arguments:
        _add_key_actions(keys, common)
    doctor = commands.add_parser("doctor", help="examine this installation and terminal", parents=[common])
    doctor.add_argument("--live", action="store_true", help="ask every configured source for one quote, and tell")
    return parser


def _add_key_actions(keys: argparse.ArgumentParser, common: argparse.ArgumentParser) -> None:
    actions = keys.add_subparsers(dest="action", metavar="ACTION", required=True)
    told = {
        "add": "store a key, asked for unseen or read from standard input; never taken from the command line",
        "list": "which keys there are, and which providers take one",
        "test": "ask the provider whether it accepts a key (costs one call)",
        "disable": "leave a key unused",
        "enable": "use a disabled key again",
        "remove": "forget a stored key",
        "import": "store the keys of an env-style file",
    }
    for name, words in told.items():
        action = actions.add_parser(name, help=words, description=words, parents=[common])
        if name == "import":
            action.add_argument("file", help="lines NAME=value; - for standard input")
        elif name != "list":
            optional = "?" if name == "test" else None
            action.add_argument("provider", nargs=optional, default="", help="such as finnhub")
            action.add_argument("alias", nargs="?", default="", help="such as second; main where nothing is said")
        if name == "add":
            action.add_argument("more", nargs="*", default=[], help=argparse.SUPPRESS)
            action.add_argument("--plan", default="", help="the plan the key is for, where it is not the free one")
