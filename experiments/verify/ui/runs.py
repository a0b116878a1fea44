"""Makes the databases that the dashboard is looked at with, by trtnas's own searches."""

import pathlib
import re
import subprocess
from dataclasses import dataclass

HOSTILE = "<img src=x onerror=alert(1)> & 'quotes'"  # a name that must stay text
LARGE = 20_000


@dataclass
class Trtnas:
    """The program under test, with a folder for what it writes."""

    program: pathlib.Path
    folder: pathlib.Path

    def run(self, *args: str, codes: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run([self.program, *args], cwd=self.folder, capture_output=True, text=True, timeout=600)
        if done.returncode not in codes:
            raise RuntimeError(f"trtnas {' '.join(args)}: exit code {done.returncode}\n{done.stderr}")
        return done.stdout

    def search(self, db: str, name: str, *args: str, budget: str = "10ms", codes: tuple[int, ...] = (0,)) -> None:
        self.run("search", "--budget", budget, "--db", db, "--name", name, *args, codes=codes)

    def make(self) -> None:
        """Databases: large, and one with a run in every state."""
        self.search("large.db", "large", "--evals", str(LARGE))
        self.search("runs.db", "predicted", "--evals", "2000")
        self.search("runs.db", "other seed", "--evals", "2000", "--seed", "7")
        self.search("runs.db", "simulated", "--device", "sim:t4?crash=0.05&oom=0.03&throttle=20m-30m", "--evals", "300")
        # Under conditions of their own, or they would share what is measured already.
        self.search("runs.db", "all failed", "--device", "sim:t4?wrong=1", "--batch", "4", "--evals", "32", codes=(3,))
        self.search("runs.db", "broken", "--device", "sim:t4?invalid=1", "--batch", "2", "--evals", "32", codes=(1,))
        self.search("runs.db", "nothing fast enough", "--device", "sim:t4", "--batch", "16", "--evals", "32", budget="100us", codes=(3,))
        self.search("runs.db", "stopped", "--evals", "500000", "--time", "1s")
        self.search("runs.db", HOSTILE, "--evals", "200")

    def begin(self, db: str, name: str, evals: int) -> subprocess.Popen:
        """A search that goes on in the background."""
        return subprocess.Popen([self.program, "search", "--budget", "10ms", "--db", db, "--name", name, "--evals", str(evals)],
                                cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Server:
    """`trtnas ui` on a free port, while the block lasts."""

    def __init__(self, trtnas: Trtnas, db: str, *args: str):
        self.command = [trtnas.program, "ui", "--db", db, "--addr", "127.0.0.1:0", *args]
        self.folder = trtnas.folder

    def __enter__(self) -> str:
        self.process = subprocess.Popen(self.command, cwd=self.folder, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        found = re.search(r"http://\S+", line)
        if not found:
            self.process.kill()
            raise RuntimeError(f"trtnas ui: {line}{self.process.stderr.read()}")
        return found.group()

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
