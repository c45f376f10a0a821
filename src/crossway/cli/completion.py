"""``crossway completion``: a script that teaches a shell to complete the command line."""

from __future__ import annotations

from typing import Literal

from crossway.cli.app import app
from crossway.cli.terminal import answer


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print a script for shell completion.

    For bash, `crossway completion bash > ~/.local/share/bash-completion/completions/crossway`.

    Parameters
    ----------
    shell
        Which shell.

    """
    answer(app.generate_completion(shell=shell))
