#!/usr/bin/env python3
"""Builds all mutants of cargo-mutants into a copy of the tree at once, each behind a switch.

    cargo mutants --list --json … > list.json
    tests/mutants/switch.py list.json COPY

cargo-mutants builds the crate once for each mutant. Here it is built once: in COPY, which is made anew, whatever a
mutant changes stands beside what it was,

    (if crate::mutant::is_on(7) {a < b} else {a == b})

and MUTANT=7, in the environment of a test, makes it the seventh mutant of the list, counted from 1; without it the
tests try the library as it is. With MUTANT_TRACE=FILE, the number of each switch that is reached is written into that
file, so that a mutant need only be tried by what reaches it.

A mutant that does not compile takes the others with it: each that the compiler names is left out, until all is well.
COPY/mutants.json then says of each what became of it:

    switched      it is there
    refused       it does not compile; with what the compiler said, which is worth a look: what is wrong
                  may be the switch and not the mutant
    by hand       no switch can stand there: in constants, in functions that are `const` or return `impl …`, in
                  chains of `let`, and for a field that is not set

Which features the crate is checked with stands behind `--`, as cargo has it: `-- --all-features`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

IS_ON = """//! Which mutant is on.

use std::io::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

static MUTANT: LazyLock<usize> =
    LazyLock::new(|| std::env::var("MUTANT").ok().and_then(|text| text.parse().ok()).unwrap_or(0));
static TRACE: LazyLock<Option<std::ffi::OsString>> = LazyLock::new(|| std::env::var_os("MUTANT_TRACE"));
static REACHED: [AtomicBool; COUNT] = [const { AtomicBool::new(false) }; COUNT];

pub(crate) fn is_on(number: usize) -> bool {
    if let (Some(path), Some(reached)) = (&*TRACE, REACHED.get(number))
        && !reached.swap(true, Ordering::Relaxed)
        && let Ok(mut file) = std::fs::File::options().create(true).append(true).open(path)
    {
        let _ = file.write_all(format!("{number}\\n").as_bytes());
    }
    *MUTANT == number
}
"""

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<text>b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*"|b?'(?:\\(?:x..|u\{.*?\}|.)|[^'\\])')
    |(?P<word>'?\w+)
    |(?P<sign>::<|<<=|>>=|\.\.=|\.\.\.|::|->|=>|==|!=|<=|>=|&&|\|\||\+=|-=|\*=|/=|%=|\^=|&=|\|=|<<|>>|\.\.|.)""",
    re.VERBOSE | re.DOTALL,
)
# The Rust Reference, "Expression precedence", from what binds least.
LEVELS = [
    ["||"], ["&&"], ["==", "!=", "<", ">", "<=", ">="], ["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]
]
LEVEL = {sign: level for level, signs in enumerate(LEVELS) for sign in signs}
UNARY = len(LEVELS)
ENDS = {",", ";", "=", "=>", "->", ":", "..", "..="} | {sign + "=" for sign in "+ - * / % ^ & | << >>".split()}
BEGINS = {"return", "break", "if", "while", "match", "let", "in", "else", "move"}
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}", "::<": ">"}, {")", "]", "}"}


class Source:
    """A file's tokens, each with its place, and brackets with their partners."""

    def __init__(self, text):
        self.text, self.tokens, self.partner = text, [], {}
        self.lines = [0] + [found.end() for found in re.finditer("\n", text)]
        self.tokens = [(t.start(), t.end(), t.group()) for t in TOKEN.finditer(text) if t.lastgroup != "skip"]
        opened = []
        for at, (_, _, token) in enumerate(self.tokens):
            is_generic = opened and self.tokens[opened[-1]][2] == "::<"
            if token in OPEN:
                opened.append(at)
            elif token in CLOSE or (is_generic and token == ">"):
                begin = opened.pop()
                self.partner[begin], self.partner[at] = at, begin

    def place(self, where):
        """Of a line and a column, counted from 1, the place in the text."""
        return self.lines[where["line"] - 1] + where["column"] - 1

    def token_at(self, place):
        return next(at for at, (begin, _, _) in enumerate(self.tokens) if begin == place)

    def is_binary(self, at):
        """Whether a sign stands between two operands, and not before one."""
        before = self.tokens[at - 1][2]
        is_value = before[-1].isalnum() or before[-1] in "_\"'"
        return before in CLOSE or before == "?" or (is_value and before not in BEGINS)

    def is_end(self, at, level):
        """Whether an operand of this level ends at this token."""
        token = self.tokens[at][2]
        return token in ENDS or token in BEGINS or (LEVEL.get(token, level) < level and self.is_binary(at))

    def ends_parameters(self, at):
        """Whether this is the second `|` of a closure, and no operator: `|name|`, or `|(one, other)|`."""
        if self.tokens[at][2] != "|":
            return False
        return self.tokens[at - 1][2] != ")" or self.tokens[self.partner[at - 1] - 1][2] == "|"

    def left(self, at, level):
        """Where the expression begins whose operator of this level, or of a higher one, this is."""
        begin = at
        while True:
            before = begin - 1
            token = self.tokens[before][2]
            if token in OPEN or self.ends_parameters(before) or self.is_end(before, level):
                return begin
            if token == "}" and not (self.tokens[begin][2] in {".", "?"} or begin == at):
                return begin
            begin = self.partner.get(before, before)

    def right(self, at, level):
        """Where it ends: before an operator of a lower level, or of the same."""
        end, is_first = at + 1, True
        while True:
            token = self.tokens[end][2]
            is_block = token == "{"
            if token in CLOSE or is_block or (not is_first and self.is_end(end, level + 1)):
                return end - 1
            end = self.partner.get(end, end) + 1
            is_first = is_first and token in {"!", "-", "*", "&"}

    def expression(self, at, level, is_unary=False):
        begin = at if is_unary else self.left(at, level)
        return self.tokens[begin][0], self.tokens[self.right(at, level)][1]


class Edit(NamedTuple):
    """What a mutant changes, from begin to end, and the smallest part beside which it can stand, from first to last."""

    number: int
    genre: str
    begin: int
    end: int
    anew: str
    first: int
    last: int

    def within(self, first, last):
        return first <= self.first and self.last <= last

    def cuts(self, other):
        """Whether the other's part, within this one's, lies on both sides of what is changed here."""
        is_smaller = other.within(self.first, self.last) and (other.first, other.last) != (self.first, self.last)
        return is_smaller and other.first < self.begin and self.end < other.last


def edit_of(source, number, mutant):
    """The edit that a mutant is; None if no switch can stand there."""
    genre, anew, text = mutant["genre"], mutant["replacement"], source.text
    begin, end = (source.place(mutant["span"][which]) for which in ("start", "end"))
    if genre == "FnValue":
        head = text[source.place(mutant["function"]["span"]["start"]) : begin]
        if re.search(r"\bconst\b[^;{}]*\bfn\b", head) or "impl" in (mutant["function"]["return_type"] or ""):
            return None
    if genre == "StructField":
        return None
    if genre in ("FnValue", "MatchArm", "MatchArmGuard"):
        return Edit(number, genre, begin, end, anew, begin, end)
    at = source.token_at(begin)
    if genre == "UnaryOperator":
        return Edit(number, genre, begin, end, "", *source.expression(at, UNARY, is_unary=True))
    if text[begin:end] not in LEVEL:
        # An assignment.
        until = next(then for then in range(at, len(source.tokens)) if source.tokens[then][2] == ";")
        return Edit(number, genre, begin, end, anew, source.tokens[source.left(at, 0)][0], source.tokens[until][0])
    first, last = source.expression(at, min(LEVEL[text[begin:end]], LEVEL[anew]))
    line = text[text.rfind("\n", 0, begin) + 1 : begin]
    is_constant = re.match(r"\s*(pub(\(.*?\))? )?const ", line)
    has_let = re.search(r"\blet\b", text[first - 5 : last].split("=")[0]) or re.search(r"&& let\b", text[first:last])
    return None if is_constant or has_let else Edit(number, genre, begin, end, anew, first, last)


class Switched:
    """A file's text with switches in it, and where each mutant stands in that."""

    def __init__(self, source, edits):
        self.source, self.text, self.marks = source, "", []
        self.render(0, len(source.text), edits)

    def put(self, piece, number=None):
        begin = len(self.text)
        self.text += piece
        if number is not None:
            self.marks.append((begin, len(self.text), number))

    def render(self, begin, end, edits):
        """From here to there, with these edits."""
        while edits:
            first = min(edit.first for edit in edits)
            last = max(edit.last for edit in edits if edit.first == first)
            # What begins within it and ends beyond stands beside the same, longer part.
            while further := [edit.last for edit in edits if edit.first < last < edit.last]:
                last = max(further)
            here = [edit for edit in edits if edit.within(first, last)]
            beside = [e for e in here if (e.first, e.last) == (first, last) or any(other.cuts(e) for other in here)]
            self.put(self.source.text[begin:first])
            self.switch(first, last, beside, [edit for edit in here if edit not in beside])
            edits = [edit for edit in edits if edit not in here]
            begin = last
        self.put(self.source.text[begin:end])

    def switch(self, first, last, beside, inner):
        """This part, each of the edits that stand beside it, and what is within it."""
        arms = [edit for edit in beside if edit.genre == "MatchArm"]
        others = [edit for edit in beside if edit.genre not in ("MatchArm", "FnValue")]
        for edit in beside:
            if edit.genre == "FnValue":
                self.put(f"if crate::mutant::is_on({edit.number}) {{ return {edit.anew}; }} ", edit.number)
        if arms:
            self.arm(first, last, arms, inner + others)
        elif others:
            text = self.source.text
            self.put("(")
            for edit in others:
                self.put(f"if crate::mutant::is_on({edit.number}) {{ ")
                self.put(text[first : edit.begin] + edit.anew + text[edit.end : last], edit.number)
                self.put(" } else ")
            self.put("{ ")
            self.render(first, last, inner)
            self.put(" })")
        else:
            self.render(first, last, inner)

    def arm(self, first, last, arms, inner):
        """An arm that takes nothing while a mutant is on that has none."""
        source, guard = self.source, None
        at = next(at for at, token in enumerate(source.tokens) if token[0] >= first)
        while source.tokens[at][2] != "=>":
            if source.tokens[at][2] == "if" and guard is None:
                guard = source.tokens[at][1]
            at = source.partner.get(at, at) + 1
        arrow, is_off = source.tokens[at][0], " && ".join(f"!crate::mutant::is_on({edit.number})" for edit in arms)
        if guard is None:
            self.put(f"{source.text[first:arrow]}if {is_off} ")
        else:
            self.put(f"{source.text[first:guard]} {is_off} && (")
            self.render(guard, arrow, [edit for edit in inner if edit.last <= arrow])
            self.put(") ")
        self.render(arrow, last, [edit for edit in inner if edit.first >= arrow])


def errors(copy, arguments):
    """What the compiler says: its words, and where."""
    command = ["cargo", "check", "--message-format=json", *arguments]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    told = 0
    for line in done.stdout.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("reason") == "compiler-message" and message["message"]["level"] == "error":
            said, told = message["message"], told + 1
            yield said["rendered"], [(copy / s["file_name"], s["byte_start"], s["byte_end"]) for s in said["spans"]]
    if done.returncode != 0 and not told:
        raise SystemExit(done.stderr)


def main():
    listed, copy = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    arguments = sys.argv[4:] if sys.argv[3:4] == ["--"] else []
    tree = Path(__file__).resolve().parents[2]
    mutants = json.loads(listed.read_text())
    if copy.exists():
        if not (copy / "src/mutant.rs").exists():
            sys.exit(f"{copy} is no copy of this script's")
        shutil.rmtree(copy)
    shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("target", ".git"))
    (copy / "src/mutant.rs").write_text(IS_ON.replace("COUNT", str(len(mutants) + 1)))
    root = (copy / "src/lib.rs").read_text()
    (copy / "src/lib.rs").write_text(root.replace("\nmod claims;", "\nmod mutant;\nmod claims;", 1))

    fate, edits, sources = {}, {}, {}
    for number, mutant in enumerate(mutants, 1):
        source = sources.setdefault(mutant["file"], Source((tree / mutant["file"]).read_text()))
        edit = edit_of(source, number, mutant)
        fate[number] = "switched" if edit else "by hand"
        edits.setdefault(mutant["file"], []).extend([edit] if edit else [])
    said = {}
    while True:
        marks = {}
        for file, source in sources.items():
            there = Switched(source, [edit for edit in edits[file] if fate[edit.number] == "switched"])
            (copy / file).write_text(there.text)
            # The compiler counts bytes.
            of = lambda place, text=there.text: len(text[:place].encode())
            marks[copy / file] = [(of(begin), of(end), number) for begin, end, number in there.marks]
        refused, others = {}, []
        for words, spans in errors(copy, arguments):
            hit = {n for path, begin, end in spans for b, e, n in marks.get(path, []) if b < end and begin < e}
            # A match that lacks an arm: its help names what was left out.
            hit = hit or {int(number) for number in re.findall(r"is_on\((\d+)\)", words)}
            if not hit and spans:
                others.append(words)
            refused.update({number: words for number in hit})
        if not refused and others:
            sys.exit("\n".join(others))
        if not refused:
            break
        said.update(refused)
        fate.update(dict.fromkeys(refused, "refused"))
        print(f"{len(refused)} do not compile", flush=True)
    known = [{**m, "number": n, "fate": fate[n], "said": said.get(n)} for n, m in enumerate(mutants, 1)]
    for mutant in known:
        mutant.pop("diff", None)
    (copy / "mutants.json").write_text(json.dumps(known, indent=1))
    for what in ("switched", "refused", "by hand"):
        print(f"{what}: {sum(mutant['fate'] == what for mutant in known)}")


if __name__ == "__main__":
    main()
