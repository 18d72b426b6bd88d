"""The command line. Heavy imports wait until a command needs them."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

from telemetry.errors import ConfigError, OutfallError, RequestError

EXIT_MISTAKE: Final = 2
"""What was asked for, or what stands in the folder, cannot be done as it is."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 failed, 2 a mistake in what was asked for or configured."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        sys.exit(run(options))
    except ConfigError as error:
        sys.exit(_say(str(error), EXIT_MISTAKE))
    except RequestError as error:
        sys.exit(_say(f"outfall: {error}", EXIT_MISTAKE))
    except OutfallError as error:
        sys.exit(_say(f"outfall: {error}", 1))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read us is gone, as in `outfall check | head`; nothing is left to be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _say(message: str, code: int) -> int:
    sys.stderr.write(message.rstrip("\n") + "\n")
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="outfall", description="Telemetry and operations monitor of a wastewater plant."
    )
    parser.add_argument("--version", action="version", version=f"outfall {version('outfall')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_demo(commands)
    _add_run(commands)
    _add_init(commands)
    _add_check(commands)
    _add_schema(commands)
    _add_points(commands)
    _add_probe(commands)
    _add_simulate(commands)
    _add_fault(commands)
    _add_user(commands)
    _add_backup(commands)
    _add_restore(commands)
    _add_verify(commands)
    _add_dashboards(commands)
    _add_influx(commands)
    _add_report(commands)
    return parser


Commands = argparse._SubParsersAction  # noqa: SLF001 -- argparse names no public type for it


def _add_demo(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="a simulated plant and a node on it")
    parser.add_argument("--port", type=_port, default=8080, help="port on 127.0.0.1 (default 8080)")
    parser.add_argument("--speed", type=_speed, default=1.0, help="speed of the plant's time (0.1…120; 1)")
    parser.add_argument("--data", type=Path, help="data folder (default: the user's state folder)")
    parser.add_argument("--no-history", action="store_true", help="start without the 31 days before")
    parser.add_argument("--days", type=_days, default=31, help="days of history before it (3…31; 31)")
    parser.add_argument("--begin", type=_moment, help="what the plant's clock shows first (default: now)")
    parser.add_argument("--plant", type=Path, metavar="FOLDER", help="a plant folder of one's own")
    parser.set_defaults(run=_demo)


def _add_run(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("run", help="the node of a real plant")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the plant folder")
    parser.add_argument("--data", type=Path, help="data folder (default: the user's state folder)")
    parser.set_defaults(run=_run)


def _add_init(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("init", help="a plant folder to start from")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder to make; not there, or empty")
    parser.add_argument("--id", help="short name of the plant, never changed later (the folder's name)")
    parser.add_argument("--name", help="the plant's name as the staff says it (新建污水厂)")
    parser.add_argument("--name-en", metavar="NAME", help="its English name (--name's, or New plant)")
    parser.add_argument("--timezone", metavar="ZONE", help="zone of the plant's calendar (Asia/Shanghai)")
    parser.add_argument(
        "--language", choices=("zh", "en"), default="zh", help="of the comments in the files, zh or en (zh)"
    )
    parser.set_defaults(run=_init)


def _add_check(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("check", help="every mistake of a plant folder at once")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the plant folder")
    parser.add_argument(
        "--connect", action="store_true", help="then try every point once, over the connections themselves"
    )
    parser.add_argument(
        "--wait", type=_seconds, default=15.0, metavar="S", help="seconds to wait for messages (15)"
    )
    parser.add_argument("--data", type=Path, help="data folder of the node, which may be running")
    parser.set_defaults(run=_check)


def _add_schema(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("schema", help="JSON Schemas of a folder's YAML files, for editors")
    parser.add_argument(
        "folder", type=Path, nargs="?", default=Path(), metavar="FOLDER", help="the plant folder (this one)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder to write to (.schema in the plant's)")
    parser.set_defaults(run=_schema)


def _add_points(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("points", help="the points of a plant folder")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    action = actions.add_parser("import", help="a point list as engineers keep it, into points.csv")
    action.add_argument("file", type=Path, metavar="FILE", help="the list, .csv or .xlsx")
    action.add_argument(
        "--into", type=Path, default=Path(), metavar="FOLDER", help="the plant folder (this one)"
    )
    action.add_argument("--dry-run", action="store_true", help="show how it is read and what would change")
    action.add_argument(
        "--leave-out", action="store_true", help="import what is clear, leave out the rows that are not"
    )
    action.add_argument("--sheet", action="append", default=[], help="only this sheet; may be repeated")
    action.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="HEADER=MEANING",
        help="what a column means, such as 点代码=tag; may be repeated",
    )
    action.add_argument("--source", metavar="ID", help="connection of points for which the list names none")
    action.add_argument("--area", metavar="UNIT", help="unit of points for which the list names none")
    action.add_argument("--type", help="data type of points for which the list names none, such as F32")
    action.add_argument(
        "--order", choices=("ABCD", "CDAB", "BADC", "DCBA"), help="word order where the list names none"
    )
    action.add_argument(
        "--first", type=int, choices=(0, 1), help="from what plain addresses (not 40001-like) count"
    )
    action.add_argument(
        "--poll",
        type=_seconds,
        default=5.0,
        metavar="S",
        help="seconds between reads where none are named (5)",
    )
    action.set_defaults(run=_import)


def _add_probe(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("probe", help="what a device or a broker has, before anything is configured")
    parser.add_argument(
        "address",
        metavar="ADDRESS",
        help="modbus://HOST[:PORT][/UNIT], rtu:///dev/ttyUSB0?baud=9600 or mqtt://[USER@]HOST[:PORT]",
    )
    parser.add_argument("--expect", metavar="NUMBER", help="a reading off a display: where does it stand?")
    parser.add_argument("--units", metavar="LIST", help="units to look for, such as 1-20,255 (1-10,255)")
    parser.add_argument("--offsets", default="0-999", metavar="SPAN", help="offsets to look at (0-999)")
    parser.add_argument("--fc", type=int, action="append", choices=(1, 2, 3, 4), help="only this function")
    parser.add_argument("--pause", type=float, default=0.02, metavar="S", help="after each question (0.02)")
    parser.add_argument("--timeout", type=_seconds, default=0.5, metavar="S", help="of an answer (0.5)")
    parser.add_argument("--most", type=int, default=3000, metavar="N", help="most questions asked (3000)")
    parser.add_argument(
        "--watch", type=float, default=2.0, metavar="S", help="before it is all read once more (2)"
    )
    parser.add_argument(
        "--wait", type=_seconds, default=30.0, metavar="S", help="how long a broker is listened to (30)"
    )
    parser.add_argument("--topic", default="#", help="what is listened to (#, all)")
    parser.add_argument(
        "--area", default="lift_station_1", metavar="UNIT", help="of proposed points (lift_station_1)"
    )
    parser.add_argument("--password-env", metavar="NAME", help="variable with the broker's password")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=_probe)


def _add_simulate(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("simulate", help="only the devices of a folder, on real sockets")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the plant folder")
    parser.add_argument("--data", type=Path, help="folder for the simulated plant's state")
    parser.set_defaults(run=_simulate)


def _add_fault(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("fault", help="switch a fault of the demo's simulated plant")
    parser.add_argument("fault", help="blower_trip, …; `list` tells them all, and what is on")
    parser.add_argument("target", nargs="?", help="whom it befalls, such as BL_B201A")
    parser.add_argument("--amount", type=float, help="how much of it, where it has an amount (the usual)")
    parser.add_argument("--clear", action="store_true", help="end the fault")
    parser.add_argument("--data", type=Path, help="data folder of the running demo")
    parser.set_defaults(run=_fault)


def _add_user(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("user", help="accounts of a node")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, what in {
        "add": "add an account; the password is asked for, or read from standard input",
        "password": "set a new password and end the account's sessions",
        "deactivate": "end an account; what it did stays",
        "list": "accounts and their roles",
    }.items():
        action = actions.add_parser(name, help=what)
        action.add_argument("folder", type=Path, metavar="FOLDER", help="the plant folder")
        action.add_argument("--data", type=Path, help="data folder of the node")
        if name != "list":
            action.add_argument("name", metavar="NAME", help="name to sign in with")
        if name == "add":
            roles = "operator, engineer, laboratory, maintenance, contractor, manager, department or admin"
            action.add_argument("--role", required=True, help=roles)
        action.set_defaults(run=_user, action=name)


def _add_backup(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("backup", help="a consistent copy of a node's data, running or not")
    _add_plant(parser)
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="folder the backup is put into")
    parser.add_argument("--data", type=Path, help="data folder of the node")
    parser.set_defaults(run=_backup)


def _add_restore(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("restore", help="a data folder made of a backup")
    parser.add_argument("backup", type=Path, metavar="BACKUP", help="the backup's folder")
    parser.add_argument("--data", type=Path, required=True, help="data folder to make; not there, or empty")
    parser.set_defaults(run=_restore)


def _add_verify(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("verify", help="whether a node's data, or a backup, is as it was written")
    _add_plant(parser)
    parser.add_argument("--data", type=Path, help="data folder of the node")
    parser.add_argument("--backup", type=Path, metavar="BACKUP", help="look through this backup instead")
    parser.set_defaults(run=_verify)


def _add_plant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "folder", type=Path, nargs="?", metavar="FOLDER", help="the plant folder (default: the demo's)"
    )


def _add_dashboards(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("dashboards", help="Grafana dashboards of a plant")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    build = actions.add_parser("build", help="dashboards and provisioning files for a Grafana to read")
    push = actions.add_parser("push", help="dashboards into a running Grafana, as often as one likes")
    for action in (build, push):
        action.add_argument("plant", type=Path, metavar="FOLDER", help="the plant folder")
    build.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    push.add_argument("--url", required=True, help="address of the Grafana, http://HOST:PORT")
    push.add_argument(
        "--token-file", type=Path, required=True, metavar="FILE", help="a service account's token"
    )
    push.add_argument("--folder", dest="folder_name", metavar="NAME", help="its folder (the plant's name)")
    push.add_argument(
        "--influx-token-file", type=Path, metavar="FILE", help="InfluxDB token; makes the data source too"
    )
    push.add_argument(
        "--postgres-password-file",
        type=Path,
        metavar="FILE",
        help="password of the role in --postgres-url; makes its data source too",
    )
    for action, url in ((build, "http://influxdb:8086"), (push, "http://127.0.0.1:8086")):
        action.add_argument("--language", choices=("zh", "en"), default="zh", help="zh or en (zh)")
        action.add_argument("--day", type=_day, help="whose limits to draw, YYYY-MM-DD (today)")
        action.add_argument(
            "--influx-url", metavar="URL", help=f"InfluxDB as Grafana sees it (plant.yaml's, or {url})"
        )
        action.add_argument("--org", help="organisation in InfluxDB (plant.yaml's, or outfall)")
        action.add_argument("--bucket", help="bucket of the readings (plant.yaml's, or outfall)")
        action.add_argument(
            "--postgres-url",
            metavar="URL",
            help="the roster's PostgreSQL as Grafana sees it, postgresql://ROLE@HOST:PORT/DATABASE;"
            " boards say who is on shift",
        )
        action.set_defaults(otherwise=url)
    build.set_defaults(run=_dashboards, action="build")
    push.set_defaults(run=_dashboards, action="push")


def _add_influx(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("influx", help="the InfluxDB of a plant")
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    action = actions.add_parser("setup", help="make its organisation, buckets, tokens and hourly task")
    action.add_argument("folder", type=Path, metavar="FOLDER", help="the plant folder")
    action.add_argument(
        "--admin-token-file",
        type=Path,
        required=True,
        metavar="FILE",
        help="file with an operator or all-access token; it is used here only",
    )
    action.add_argument(
        "--tokens-dir",
        type=Path,
        metavar="DIR",
        help="folder the new tokens are written to (default: tokens in the node's data folder)",
    )
    action.set_defaults(run=_influx_setup)
    action = actions.add_parser("resend", help="have the node send again what it has")
    action.add_argument("folder", type=Path, metavar="FOLDER", help="the plant folder")
    action.add_argument("--data", type=Path, help="data folder of the node")
    action.add_argument(
        "--target",
        choices=("influxdb", "influxdb-figures", "influxdb-judgements"),
        help="only the readings, their figures or the judgements (all of them)",
    )
    action.add_argument(
        "--from",
        dest="since",
        type=_time,
        metavar="TIME",
        help="only what came or changed since, YYYY-MM-DDTHH:MM, the plant's time (everything)",
    )
    action.set_defaults(run=_influx_resend)


def _add_report(commands: "Commands[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("report", help="a report to a file, and kept with the node's data")
    kinds = parser.add_subparsers(title="reports", metavar="REPORT", required=True)
    monthly = kinds.add_parser("monthly", help="the month's report of a plant")
    _add_plant(monthly)
    monthly.add_argument("--month", required=True, metavar="YYYY-MM", help="the month, such as 2026-10")
    monthly.add_argument(
        "--format", choices=("pdf", "xlsx", "html", "json"), default="pdf", help="of the file (pdf)"
    )
    monthly.add_argument("--language", choices=("zh", "en"), default="zh", help="zh or en (zh)")
    monthly.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: said where it is)")
    monthly.add_argument("--data", type=Path, help="data folder of the node")
    monthly.set_defaults(run=_report)


def _report(options: argparse.Namespace) -> int:
    from app.reporting import report

    return report(options)


def _demo(options: argparse.Namespace) -> int:
    from app.demo import run_demo

    days = 0 if options.no_history else options.days
    return run_demo(options.port, options.speed, options.data, days, options.begin, options.plant)


def _run(options: argparse.Namespace) -> int:
    from app.plant_node import run_plant

    return run_plant(options.folder, options.data)


def _init(options: argparse.Namespace) -> int:
    from app.starting import init

    return init(options)


def _schema(options: argparse.Namespace) -> int:
    from app.starting import schema

    return schema(options)


def _import(options: argparse.Namespace) -> int:
    from app.importing import import_points

    return import_points(options)


def _probe(options: argparse.Namespace) -> int:
    from app.probing import probe

    return probe(options)


def _check(options: argparse.Namespace) -> int:
    from config.check import check

    problems = check(options.folder)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    if problems:
        return EXIT_MISTAKE
    sys.stdout.write(f"{options.folder}: no mistakes found\n")
    if options.connect:
        from app.connecting import check_connections

        return check_connections(options)
    return 0


def _simulate(options: argparse.Namespace) -> int:
    from app.simulate import simulate

    return simulate(options.folder, options.data)


def _fault(options: argparse.Namespace) -> int:
    from app.fault_commands import fault

    return fault(options)


def _user(options: argparse.Namespace) -> int:
    from app.users import change_users

    return change_users(options)


def _backup(options: argparse.Namespace) -> int:
    from app.backup_commands import back_up

    return back_up(options)


def _restore(options: argparse.Namespace) -> int:
    from app.restore import restore

    return restore(options.backup, options.data)


def _verify(options: argparse.Namespace) -> int:
    from app.backup_commands import verify

    return verify(options)


def _dashboards(options: argparse.Namespace) -> int:
    from app import grafana

    return grafana.build(options) if options.action == "build" else grafana.push(options)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write YYYY-MM-DD") from None


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time; write YYYY-MM-DDTHH:MM") from None


def _influx_resend(options: argparse.Namespace) -> int:
    from app.influx import resend

    return resend(options.folder, options.data, options.target, options.since)


def _influx_setup(options: argparse.Namespace) -> int:
    from app.influx import set_up_influx

    return set_up_influx(options.folder, options.admin_token_file, options.tokens_dir)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; take 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"{text!r} is no time to wait; take 0.1 to 3600 seconds")
    return seconds


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.1 <= speed <= 120:
        raise argparse.ArgumentTypeError(f"{text!r} is not a speed the plant can keep; take 0.1 to 120")
    return speed


def _days(text: str) -> int:
    if not text.isdecimal() or not 3 <= int(text) <= 31:
        raise argparse.ArgumentTypeError(f"{text!r} is no history; take 3 to 31 days, or --no-history")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.max
    if not 2000 <= moment.year < 2100:
        raise argparse.ArgumentTypeError(f"{text!r} is no time; write one such as 2026-11-20T21:30")
    return moment
