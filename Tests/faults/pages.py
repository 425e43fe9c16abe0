"""Pages of docs/ that rigs write."""
import os, subprocess, sys


def without_paths(words):
    """A command's arguments for a page: no place of this machine."""
    shown, previous = [], ""
    for word in words:
        if previous == "--keep":
            shown.pop()
        else:
            shown.append({"--orderd": "PROGRAM", "--write": "PAGE"}.get(previous, word))
        previous = word
    return " ".join(shown)


def command(script):
    return "Tests/faults/%s %s" % (os.path.basename(script), without_paths(sys.argv[1:]))


def version(orderd):
    return subprocess.run([orderd, "--version"], capture_output=True).stdout.decode().strip()


def table(head, rows):
    lines = ["| %s |" % " | ".join(head), "|%s" % ("---|" * len(head))]
    return "\n".join(lines + ["| %s |" % " | ".join(str(cell) for cell in row) for row in rows]) + "\n"


def write_section(page, title, text, begin="# Faults\n\n<!-- Each section is written by its rig with --write. Run it again rather than edit it. -->\n"):
    """Puts a section, from its `## title` to the next, in place of the one with that title, or at the end."""
    content = begin
    if os.path.exists(page):
        with open(page) as f:
            content = f.read()
    heading = "\n## %s\n" % title
    section = heading + "\n" + text.strip("\n") + "\n"
    if heading in content:
        start = content.index(heading)
        end = content.find("\n## ", start + 1)
        content = content[:start] + section + (content[end:] if end >= 0 else "")
    else:
        content = content.rstrip("\n") + "\n" + section
    with open(page, "w") as f:
        f.write(content)
