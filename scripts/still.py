# Draws docs/start.svg, the picture of `npm start` in README.md, from what a run prints (pip install rich==15.0.0):
#   PULUMI_OPTION_COLOR=always npm start | python3 scripts/still.py
import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

# What the picture can do without; it marks where something is left out.
dropped = re.compile(r"^@ |^$|^> | creating \(|^Local AWS|(user|group|policy)(Name|Arn) |bucketArn|^Duration|^Resources|^ +\+ \d+ created")
cut = re.compile(r"✓ (list old|read the bucket|list unf|get a version|.* ACL|read its|put an object in parts|restore)")

lines = [Text("$ npm start", style="bold")]
for line in Text.from_ansi(sys.stdin.read()).split("\n"):
    if line.plain.startswith("The bucket "):
        break
    if cut.search(line.plain):
        line = Text("    …")
    if not dropped.search(line.plain) and line.plain != lines[-1].plain:
        lines.append(line)

console = Console(record=True, width=112, file=io.StringIO(), force_terminal=True, color_system="truecolor")
console.print(*lines, sep="\n", soft_wrap=True)
console.save_svg(str(Path(__file__).parent.parent / "docs" / "start.svg"), title="s3-backup-target")
