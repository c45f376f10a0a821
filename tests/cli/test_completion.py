import subprocess
from pathlib import Path

import pytest

ASK = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); COMP_LINE="{words}"; COMP_POINT=${{#COMP_LINE}}
$(complete -p crossway | sed -E 's/.*-F ([^ ]+).*/\\1/') crossway "${{COMP_WORDS[-1]}}" "${{COMP_WORDS[-2]}}"
echo "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("crossway ch", {"check"}),
        ("crossway show ''", {"xds"}),
        ("crossway tokens ''", {"create", "list", "revoke"}),
        ("crossway apply --pr", {"--prune"}),
        ("crossway history --ad", {"--admin"}),
        ("crossway check --f", {"--format"}),
        ("crossway check --format ''", {"text", "json", "github", "sarif"}),
    ],
)
def test_bash_completes(crossway, tmp_path: Path, words: str, completed: set[str]):
    script = tmp_path / "completion.bash"
    script.write_text(crossway("completion", "bash").out)
    told = subprocess.run(
        ["bash", "-c", ASK.format(script=script, words=words)], capture_output=True, text=True, check=True
    )
    assert set(told.stdout.split()) == completed


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_have_a_script_too(crossway, shell):
    assert "crossway" in crossway("completion", shell).out
