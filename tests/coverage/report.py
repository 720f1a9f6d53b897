#!/usr/bin/env python3
"""Two reports of cargo-tarpaulin as one page: what the corpus runs alone, and what the whole suite runs.

    report.py CORPUS SUITE PAGE

Fails where a line that reads what strangers send is not run by the corpus and reasons.txt does not say why, where a
reason there has no such line, and where the suite runs less than it must.
"""

import datetime
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
SRC = HERE.parent.parent / "src"
# Per cent of lines.
MUST = 95
# What reads tokens, claims and entries: files, or all in a folder.
READERS = [
    "token",
    "json",
    "claims",
    "id.rs",
    "key/id.rs",
    "time/rfc3339.rs",
    "record/bytes.rs",
    "record/contents.rs",
    "record/cutoff.rs",
    "record/subject.rs",
    "store/header.rs",
    "store/page.rs",
    "store/postgres/cursor.rs",
    "store/postgres/rows.rs",
    "store/redb/rows.rs",
    "store/redis/answer.rs",
    "store/redis/entries.rs",
    "store/redis/position.rs",
    "store/redis/pulse.rs",
]
# Tests; and stand-ins that a build has only where interleavings are tried.
NOT_COUNTED = ["follower/simulation", "follower/tests.rs", "token/public/tests.rs", "sync.rs"]


def is_in(file, places):
    return any(file == place or file.startswith(place + "/") for place in places)


def lines_of(report):
    """How often each line of each file was run."""
    files = {}
    for file in json.loads(pathlib.Path(report).read_text())["files"]:
        path = pathlib.Path(*file["path"])
        if not path.is_relative_to(SRC):
            continue
        name = path.relative_to(SRC).as_posix()
        if not is_in(name, NOT_COUNTED):
            files[name] = {trace["line"]: trace["stats"]["Line"] for trace in file["traces"]}
    return files


def room_of(file):
    parts = file.split("/")
    return f"bin/{parts[1]}" if parts[0] == "bin" else parts[0].removesuffix(".rs")


def share(lines):
    return 100 * sum(1 for runs in lines if runs) / len(lines) if lines else 100


def table(corpus, suite):
    rooms = sorted({room_of(file) for file, lines in suite.items() if lines})
    yield "| room | lines | corpus alone | whole suite |"
    yield "|---|--:|--:|--:|"
    for room in rooms:
        yield row(f"`{room}`", *({f: v for f, v in of.items() if room_of(f) == room} for of in (corpus, suite)))
    readers = ({f: v for f, v in of.items() if is_in(f, READERS)} for of in (corpus, suite))
    yield row("**tokens, claims, entries**", *readers)
    yield row("**all**", corpus, suite)


def row(name, *reports):
    all_lines = [[runs for lines in report.values() for runs in lines.values()] for report in reports]
    shares = " | ".join(f"{share(lines):.1f} %" for lines in all_lines)
    return f"| {name} | {len(all_lines[-1])} | {shares} |"


class Reason:
    """Why the corpus does not run a line of a file, or none of those from one to another."""

    def __init__(self, why, place):
        self.why = why
        self.file, lines = place.split(": ", 1)
        self.text, _, last = lines.partition(" … ")
        source = [line.strip() for line in (SRC / self.file).read_text().splitlines()]
        end = next((n for n, line in enumerate(source, 1) if line.startswith(last or self.text)), 0)
        begin = next((n for n in range(end, 0, -1) if source[n - 1].startswith(self.text)), None)
        if begin is None:
            sys.exit(f"a reason for what is not there: {place}")
        self.lines = range(begin, end + 1)

    def __str__(self):
        first, last = self.lines[0], self.lines[-1]
        return f"{self.file}:{first}{f'-{last}' if last > first else ''}: {self.text}"


def reasons():
    why = None
    for line in (HERE / "reasons.txt").read_text().splitlines():
        if line.startswith("  "):
            yield Reason(why, line.strip())
        elif line and not line.startswith("#"):
            why = line


def not_run(corpus):
    for file, lines in sorted(corpus.items()):
        if is_in(file, READERS):
            yield from ((file, number) for number, runs in sorted(lines.items()) if not runs)


def version(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1]


def page(corpus, suite, known):
    yield "# Which lines the tests run"
    yield ""
    yield "`tests/coverage/run` measures it and writes this page."
    yield ""
    versions = f"cargo-tarpaulin {version('cargo', 'tarpaulin', '--version')}, rustc {version('rustc', '--version')}"
    yield f"{datetime.date.today().isoformat()}, {versions}, all features. A line counts if it has code of its own; tests"
    yield "don't count, nor the stand-ins of `src/sync.rs`. *Corpus alone* is what is kept in"
    yield "[`fuzz/seeds`](../fuzz/seeds) and `fuzz/minimised`, through the functions that the fuzzers run (`cargo test --all-features --test it corpus::every`). *Whole suite* is `cargo test --all-features` without the examples in the"
    yield "documentation, and with `tests/fleet` on a PostgreSQL server and on a Redis server. That a line is run says little;"
    yield "that one is not says that nobody looks."
    yield ""
    yield from table(corpus, suite)
    yield ""
    yield f"*Tokens, claims, entries* are the files that read what a stranger sends, or what stands in a store: under `src`,"
    yield f"{', '.join(f'`{place}`' for place in READERS)}."
    yield "The corpus must run all of their lines but these:"
    yield ""
    for why in dict.fromkeys(reason.why for reason in known):
        yield f"- {why}"
        yield ""
        yield "  ```text"
        yield from (f"  {reason}" for reason in known if reason.why == why)
        yield "  ```"
        yield ""


def main():
    corpus, suite = lines_of(sys.argv[1]), lines_of(sys.argv[2])
    known, used, faults = list(reasons()), set(), []
    for file, number in not_run(corpus):
        reason = next((reason for reason in known if reason.file == file and number in reason.lines), None)
        if reason is None:
            text = (SRC / file).read_text().splitlines()[number - 1].strip()
            faults.append(f"not run by the corpus, and no reason is given: {file}:{number}: {text}")
        used.add(reason)
    faults.extend(f"a reason for what is run: {reason}" for reason in known if reason not in used)
    total = share([runs for lines in suite.values() for runs in lines.values()])
    if total < MUST:
        faults.append(f"the suite runs {total:.1f} % of lines, and must run {MUST} %")
    print("\n".join(table(corpus, suite)))
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(1)
    pathlib.Path(sys.argv[3]).write_text("\n".join(page(corpus, suite, known)).rstrip() + "\n")


main()
