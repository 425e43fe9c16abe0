"""Commands that stand in pages of docs/, so that rigs run what people read."""
import re


class Block:
    """A fenced block: the heading it stands under, its language, its text."""

    def __init__(self, heading, language, text, line):
        self.heading, self.language, self.text, self.line = heading, language, text, line


def blocks(page):
    """All fenced blocks of a page, in its order."""
    found, heading, lines = [], "", None
    with open(page, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            fence = re.match(r"```(\S*)\s*$", line)
            if lines is not None:
                if fence:
                    found.append(Block(heading, language, "".join(lines), begin))
                    lines = None
                else:
                    lines.append(line)
            elif fence:
                language, lines, begin = fence.group(1), [], number + 1
            elif re.match(r"#+ ", line):
                heading = line.lstrip("#").strip()
    if lines is not None:
        raise ValueError(f"{page}:{begin}: a fence is not closed")
    return found


def under(page, heading, language=None):
    """The blocks under a heading; there must be one at least."""
    found = [block for block in blocks(page) if block.heading == heading and language in (None, block.language)]
    if not found:
        raise ValueError(f"{page} has no {language or 'fenced'} block under \"{heading}\"")
    return found


def commands(text):
    """The commands of a shell block, one by one: lines, with what continues them (a backslash, a here-document)."""
    found, ending = [], None
    for line in text.splitlines():
        if ending is not None:
            found[-1] += "\n" + line
            if line == ending:
                ending = None
        elif found and found[-1].endswith("\\"):
            found[-1] += "\n" + line
        elif line.strip() and not line.startswith("#"):
            found.append(line)
        here = ending is None and found and re.search(r"<<'?(\w+)'?\s*(#.*)?$", found[-1].splitlines()[-1])
        if here and line == found[-1].splitlines()[-1]:
            ending = here.group(1)
    return found
