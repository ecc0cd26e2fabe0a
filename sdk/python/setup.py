"""Puts the command and the plugin into the wheel, as files of the module.

The command is the program that `BUBBLES_BIN` names, or that of `target/release`, which cargo builds if
it is not there. The plugins are those of `src/bubbles/plugin`: `python.wasm`, which `build.py` builds if it
is not there, and `javascript.wasm` if somebody put it there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = "bubbles.exe" if os.name == "nt" else "bubbles"


def command() -> Path:
    named = os.environ.get("BUBBLES_BIN")
    if named:
        return Path(named)
    built = ROOT / "target" / "release" / PROGRAM
    if not built.exists():
        subprocess.run(["cargo", "build", "--release", "--locked", "--package", "bubbles-cli"], cwd=ROOT, check=True)
    return built


class Build(build_py):
    """Brings both along."""

    def run(self) -> None:
        package = HERE / "src" / "bubbles"
        if not (package / "plugin" / "python.wasm").exists():
            subprocess.run([sys.executable, str(HERE / "build.py")], check=True)
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "bubbles" / "bin"
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy2(command(), target / PROGRAM)


class Wheel(bdist_wheel):
    """For any Python, but for this machine."""

    def get_tag(self) -> tuple[str, str, str]:
        return ("py3", "none", super().get_tag()[2])


class Machine(Distribution):
    """Has a part that is compiled for the machine."""

    def has_ext_modules(self) -> bool:
        return True


setup(cmdclass={"build_py": Build, "bdist_wheel": Wheel}, distclass=Machine)
