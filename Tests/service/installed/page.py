"""What came of a trial, in lines and as a page."""
import datetime, subprocess


def summary(run):
    cells = [told for words in run.rows.values() for told in words.values()]
    works = sum(told.startswith("works") for told in cells)
    lines = [f"  {problem}" for problem in run.problems]
    lines += [f"  {title}: {text}" for title, text in run.facts.items()]
    return "\n".join(lines + [f"{len(cells)} attempts, {works} worked, {len(cells) - works} were refused, {len(run.problems)} failures, on {run.file_system}"])


def _word(words):
    """The words of all partners and times: one where all are the same."""
    seen = list(dict.fromkeys(words.values()))
    return " / ".join(seen) if seen else "–"


def _table(rows, wheres, head):
    columns = list(dict.fromkeys(where for where, _ in rows if where in wheres))
    whats = list(dict.fromkeys(what for where, what in rows if where in wheres))
    shown = [head(where) for where in columns]
    lines = ["| attempt | " + " | ".join(shown) + " |", "|---|" + "---|" * len(columns)]
    for what in whats:
        lines.append(f"| {what} | " + " | ".join(_word(rows[(where, what)]) if (where, what) in rows else "–" for where in columns) + " |")
    return lines


def page(run):
    rows = run.rows
    wheres = list(dict.fromkeys(where for where, _ in rows))
    reads = [one for one in wheres if one.startswith("its own ") and one.endswith("/")]
    others = [one for one in wheres if one.startswith("another partner")]
    rest = [one for one in wheres if one not in reads + others]
    openssh = subprocess.run(["ssh", "-V"], capture_output=True, text=True).stderr.split(",")[0].replace("_", " ")
    cells = sum(len(words) for words in rows.values())
    lines = [
        "# Partners", "", "<!-- Written by Tests/service/partners.py --write. Run it again rather than edit it. -->", "",
        f"Two partners log in to a real sshd ({openssh}, with the drop-in of etc/ssh and nothing else of ours), made by `orderd partner add`; orderd runs as its own user with "
        "CAP_LEASE as its only capability, in the tree that etc/tmpfiles.d declares. Each tries everything below, before and after a restart of the daemon: "
        f"{cells} attempts. What the server said is in the table, one word where it always said the same. Beside that, owners, modes, lists, times, names and content of all "
        f"partners' files and of /etc/orderd were compared before and after each attempt. Run on {datetime.date.today()} with orderd {run.orderd}, on {run.file_system}.", "",
        f"Promised: nothing is touched that may only be read, nothing of another partner is seen. **{len(run.problems)} failures.**", "",
        "*works* is what a partner may do. *no such file* for a path of another partner says that the partner's own chroot has none of that name: the way leads nowhere else.",
        "", "## In its own read directories", ""]
    lines += _table(rows, reads, lambda where: f"`{where.removeprefix('its own ')}`")
    lines += ["", "## Towards another partner", ""] + _table(rows, others, lambda where: where.removeprefix("another partner, by "))
    lines += ["", "## In its drop directories, at its root, above it", "", "| where | attempt | gave |", "|---|---|---|"]
    lines += [f"| {where} | {what} | {_word(words)} |" for (where, what), words in rows.items() if where in rest]
    lines += ["", "## By amount, and over time", "", "| what | came of it |", "|---|---|"]
    lines += [f"| {title} | {text} |" for title, text in run.facts.items()]
    lines += ["", "What orderd does not do: a partner can fill the disk that it drops to, like any user of a shared disk. orderd then takes nothing new and says so "
              "(`intake.diskReserve`); a quota of the file system for the partner's account, or a disk of its own for the spool, keeps others from feeling it."]
    if run.problems:
        lines += ["", "What did not hold:", ""] + [f"- {problem.splitlines()[0]}" for problem in run.problems]
    return "\n".join(lines) + "\n"
