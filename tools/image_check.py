"""Replay the Dockerfile without a container engine: its steps in a folder, then the node they leave.

usage: python tools/image_check.py WORK_FOLDER

Each stage is a folder; absolute paths of the steps lead into it, COPY obeys .dockerignore, and the last
stage's ENTRYPOINT and CMD run the plant that deploy/prepare.py makes until the HEALTHCHECK is content
and the node has taken a backup.
What is not replayed: the base image itself, its user, and how volumes are mounted.
"""

import fnmatch
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = ("/src", "/build", "/opt/outfall", "/dist")
"""Folders that the steps make; other absolute paths are this machine's own."""
SECONDS = 90.0
PORT = 18443
SYSTEM_STEP = re.compile(r"^(useradd|install) ")
"""Steps that need root or change this machine."""

Step = tuple[str, str]


def main(work: Path) -> None:
    """Raise where any step fails, or the node is not well in time."""
    stages = stages_of((ROOT / "Dockerfile").read_text("utf-8"))
    for name, steps in stages.items():
        replay(work / name, steps, work)
    run = dict(stages["run"])
    started(work, json.loads(run["ENTRYPOINT"]), json.loads(run["CMD"]), run["HEALTHCHECK"])
    sys.stdout.write("image: every step replayed, the node is live and can be backed up\n")


def stages_of(text: str) -> dict[str, list[Step]]:
    """Return the instructions of each named stage, continued lines joined, comments gone."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    stages: dict[str, list[Step]] = {}
    steps: list[Step] = []
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            steps = stages.setdefault(rest.split(" AS ")[1], [])
        elif word:
            steps.append((word, rest))
    return stages


def replay(stage: Path, steps: list[Step], work: Path) -> None:
    """Run a stage's COPY and RUN steps below its folder."""
    at = stage
    for word, rest in steps:
        if word == "WORKDIR":
            at = stage / rest.lstrip("/")
            at.mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            copy(shlex.split(rest), stage, at, work)
        elif word == "RUN":
            for command in rest.split(" && "):
                if SYSTEM_STEP.match(command.strip()):
                    sys.stdout.write(f"image: left out: {command.strip()[:70]}\n")
                    continue
                subprocess.run(["/bin/bash", "-euc", inside(command, stage)], cwd=at, check=True)


def copy(words: list[str], stage: Path, at: Path, work: Path) -> None:
    """Do one COPY: from the context as .dockerignore leaves it, or from another stage."""
    if words[0].startswith("--from="):
        source = work / words[0].removeprefix("--from=") / words[1].lstrip("/")
        # An environment knows its own place: it is linked to, not moved.
        target = stage / words[2].lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.symlink_to(source)
        return
    *sources, target_word = words
    for source_word in sources:
        for file in context():
            if source_word != "." and file != source_word and not file.startswith(f"{source_word}/"):
                continue
            target = stage / target_word.lstrip("/") if target_word.startswith("/") else at / target_word
            target = target / file if source_word == "." else target
            if target_word.endswith("/"):
                target = target / Path(file).name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / file, target)


def context() -> list[str]:
    """Return the files that reach the builder: git's, as .dockerignore leaves them."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    rules = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line]
    return [file for file in listed.stdout.splitlines() if reaches(file, rules)]


def reaches(file: str, rules: list[str]) -> bool:
    """Return whether a file reaches the builder; the last rule that speaks of it or a parent counts."""
    names = [file, *(str(parent) for parent in Path(file).parents if str(parent) != ".")]
    kept = True
    for rule in rules:
        pattern = rule.removeprefix("!")
        anywhere = pattern.startswith("**/")
        own = [Path(name).name for name in names] if anywhere else names
        if any(fnmatch.fnmatch(name, pattern.removeprefix("**/")) for name in own):
            kept = rule.startswith("!")
    return kept


def inside(command: str, stage: Path) -> str:
    """Return a command whose own folders lie in the stage."""
    for folder in OURS:
        command = re.sub(rf"(?<![\w/]){folder}(?=[/\s]|$)", str(stage / folder.lstrip("/")), command)
    return re.sub(r"^python ", f"{shlex.quote(sys.executable)} ", command.strip())


def started(work: Path, entry: list[str], command: list[str], health: str) -> None:
    """Start the node on a prepared plant and wait until the health check is content."""
    home = work / "home"
    home.mkdir()
    subprocess.run([sys.executable, ROOT / "deploy" / "prepare.py", home], check=True)
    settings = home / "plant" / "plant.yaml"
    text = settings.read_text("utf-8").replace("/run/secrets", str(home / "secrets"))
    text = text.replace("host: 0.0.0.0", "host: 127.0.0.1").replace("port: 8443", f"port: {PORT}")
    # Nobody answers as InfluxDB here and its token was never made, which is no ill health of a node.
    text = text.replace("/tokens/influx-node.token", str(home / "tokens" / "influx-node.token"))
    settings.write_text(text, "utf-8")
    programs = work / "run" / "opt" / "outfall" / "bin"
    words = [str(home / "plant") if word == "/plant" else word for word in command]
    environment = {
        **os.environ,
        "OUTFALL_DATA": str(home / "data"),
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    check = json.loads(health.partition("CMD ")[2])
    check = [
        str(work / "run" / word.lstrip("/"))
        if word.startswith("/usr/local")
        else word.replace(":8443", f":{PORT}")
        for word in check
    ]
    with subprocess.Popen([programs / entry[0], *words], cwd=home, env=environment) as node:
        try:
            until = time.monotonic() + SECONDS
            while subprocess.run(check, env=environment, stderr=subprocess.DEVNULL, check=False).returncode:
                if node.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the node of the image is not well")
                time.sleep(0.5)
            backed_up(programs / entry[0], home, environment)
        finally:
            node.send_signal(signal.SIGTERM)
            code = node.wait(30)
    if code != 0:
        raise RuntimeError(f"the node ended with code {code} after SIGTERM")


def backed_up(outfall: Path, home: Path, environment: dict[str, str]) -> None:
    """Have the running node take a backup beside its data, and look through it."""
    to = home / "backup"
    to.mkdir(mode=0o700)
    subprocess.run([outfall, "backup", home / "plant", "--to", to], env=environment, check=True)
    [made] = to.iterdir()
    subprocess.run([outfall, "verify", "--backup", made], env=environment, check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
