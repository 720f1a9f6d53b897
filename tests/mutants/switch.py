#!/usr/bin/env python3
"""Builds all mutants of cargo-mutants into a copy of the tree at once, each behind a switch.

    cargo mutants --list --json … > list.json
    tests/mutants/switch.py list.json COPY

cargo-mutants builds the crate once for each mutant. Here it is built once: in COPY, which is made anew, whatever a mutant
changes stands beside what it was,

    (if crate::mutant::is_on(7) {a < b} else {a == b})

and MUTANT=7, in the environment of a test, makes it the seventh mutant of the list, counted from 1; without it the
tests try the library as it is. With MUTANT_TRACE=FILE, the number of each switch that is reached is written into that
file, so that a mutant need only be tried by what reaches it.

A mutant that does not compile takes the others with it: each that the compiler names is left out, until all is well.
COPY/mutants.json then says of each what became of it:

    switched      it is there
    refused       it does not compile; with what the compiler said, which is worth a look: what is wrong
                  may be the switch and not the mutant
    by hand       no switch can stand there: in constants, in functions that are `const` or return `impl …`, in chains of `let`

Which features the crate is checked with stands behind `--`, as cargo has it: `-- --all-features`.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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
LEVELS = [["||"], ["&&"], ["==", "!=", "<", ">", "<=", ">="], ["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "%"]]
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
        return before in CLOSE or before == "?" or (before[-1].isalnum() or before[-1] in "_\"'") and before not in BEGINS

    def is_end(self, at, level):
        """Whether an operand of this level ends at this token."""
        token = self.tokens[at][2]
        return token in ENDS or token in BEGINS or (LEVEL.get(token, level) < level and self.is_binary(at))

    def left(self, at, level):
        """Where the expression begins whose operator of this level, or of a higher one, this is."""
        begin = at
        while True:
            before = begin - 1
            token = self.tokens[before][2]
            is_closure = token == "|" and self.tokens[before - 1][2] != ")"
            if token in OPEN or is_closure or self.is_end(before, level):
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


def edit_of(source, mutant):
    """What is changed, and the smallest part of the text beside which it can stand: None if there is none."""
    genre, text = mutant["genre"], source.text
    begin, end = (source.place(mutant["span"][which]) for which in ("start", "end"))
    if genre == "FnValue":
        head = text[source.place(mutant["function"]["span"]["start"]) : begin]
        if re.search(r"\bconst\b[^;{}]*\bfn\b", head) or "impl" in (mutant["function"]["return_type"] or ""):
            return None
        return (begin, end, mutant["replacement"]), (begin, end)
    if genre in ("MatchArm", "MatchArmGuard"):
        return (begin, end, mutant["replacement"]), (begin, end)
    at = source.token_at(begin)
    if genre == "UnaryOperator":
        return (begin, end, ""), source.expression(at, UNARY, is_unary=True)
    if text[begin:end] not in LEVEL:
        # An assignment.
        until = next(then for then in range(at, len(source.tokens)) if source.tokens[then][2] == ";")
        return (begin, end, mutant["replacement"]), (source.tokens[source.left(at, 0)][0], source.tokens[until][0])
    level = min(LEVEL[text[begin:end]], LEVEL[mutant["replacement"]])
    within = source.expression(at, level)
    line = text[text.rfind("\n", 0, begin) + 1 : begin]
    is_constant = re.match(r"\s*(pub(\(.*?\))? )?const ", line)
    has_let = re.search(r"\blet\b", text[within[0] - 5 : within[1]].split("=")[0]) or re.search(r"&& let\b", text[slice(*within)])
    return None if is_constant or has_let else ((begin, end, mutant["replacement"]), within)


def switched(source, mutants):
    """The file's text with a switch for each of these: its number, what is changed, and beside what."""
    text, out, marks = source.text, [], []

    def put(piece):
        out.append(piece)

    def length():
        return sum(map(len, out))

    def render(begin, end, inner):
        """From here to there, with these switches, of which none crosses another."""
        while inner:
            (first, last), _ = min(((within, -(within[1] - within[0])) for _, _, within, _ in inner), key=lambda w: (w[0][0], w[1]))
            # Those that begin within it and end beyond stand beside the same, longer part.
            while True:
                longest = max(within[1] for _, _, within, _ in inner if within[0] < last)
                if longest == last or not any(first <= w[0] < last < w[1] for _, _, w, _ in inner):
                    break
                last = longest
            here = [m for m in inner if first <= m[2][0] and m[2][1] <= last]
            same = [m for m in here if m[2] == (first, last) or not _nests(m, here)]
            put(text[begin:first])
            switch(first, last, same, [m for m in here if m not in same])
            inner = [m for m in inner if m not in here]
            begin = last
        put(text[begin:end])

    def _nests(mutant, others):
        """Whether it lies within one operand of each that surrounds it."""
        _, _, (first, last), _ = mutant
        around = [m for m in others if m[2][0] <= first and last <= m[2][1] and m[2] != (first, last)]
        return bool(around) and all(last <= m[1][0] or m[1][1] <= first or m[3] == "FnValue" or m[3] == "MatchArm" or (m[1][0] <= first and last <= m[1][1]) for m in around)

    def switch(first, last, mutants, inner):
        arms = [m for m in mutants if m[3] == "MatchArm"]
        bodies = [m for m in mutants if m[3] == "FnValue"]
        rest = [m for m in mutants if m[3] not in ("MatchArm", "FnValue")]
        for number, edit, _, _ in bodies:
            start = length()
            put(f"if crate::mutant::is_on({number}) {{ return {edit[2]}; }} ")
            marks.append((start, length(), number))
        if arms:
            arm_without(first, last, arms, inner + rest)
        elif rest:
            put("(")
            for number, (begin, end, anew), _, _ in rest:
                put(f"if crate::mutant::is_on({number}) {{ ")
                start = length()
                put(text[first:begin] + anew + text[end:last])
                marks.append((start, length(), number))
                put(" } else ")
            put("{ ")
            render(first, last, inner)
            put(" })")
        else:
            render(first, last, inner)

    def arm_without(first, last, arms, inner):
        """An arm that has no pattern that matches while its mutant is on."""
        at = next(i for i, token in enumerate(source.tokens) if token[0] >= first)
        guard = None
        while source.tokens[at][2] != "=>":
            if source.tokens[at][2] == "if" and guard is None:
                guard = source.tokens[at]
            at = source.partner.get(at, at) + 1
        arrow, is_off = source.tokens[at][0], " && ".join(f"!crate::mutant::is_on({m[0]})" for m in arms)
        if guard is None:
            put(f"{text[first:arrow]}if {is_off} ")
        else:
            put(f"{text[first:guard[1]]} {is_off} && (")
            render(guard[1], arrow, [m for m in inner if m[2][1] <= arrow])
            put(") ")
        render(arrow, last, [m for m in inner if m[2][0] >= arrow])

    render(0, len(text), mutants)
    return "".join(out), marks


def errors(copy, arguments):
    """What the compiler says: its words, and where."""
    command = ["cargo", "check", "--message-format=json", *arguments]
    done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    for line in done.stdout.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("reason") == "compiler-message" and message["message"]["level"] == "error":
            said = message["message"]
            yield said["rendered"], [(copy / s["file_name"], s["byte_start"], s["byte_end"]) for s in said["spans"]]
    if done.returncode not in (0, 101):
        raise SystemExit(done.stderr)


def main():
    listed, copy = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
    arguments = sys.argv[4:] if sys.argv[3:4] == ["--"] else []
    tree = Path(__file__).resolve().parents[2]
    mutants = json.loads(listed.read_text())
    if copy.exists():
        shutil.rmtree(copy)
    shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("target", ".git"))
    (copy / "src/mutant.rs").write_text(IS_ON.replace("COUNT", str(len(mutants) + 1)))
    root = (copy / "src/lib.rs").read_text()
    (copy / "src/lib.rs").write_text(root.replace("\nmod claims;", "\nmod mutant;\nmod claims;", 1))

    fate, edits, sources = {}, {}, {}
    for number, mutant in enumerate(mutants, 1):
        source = sources.setdefault(mutant["file"], Source((tree / mutant["file"]).read_text()))
        found = edit_of(source, mutant)
        fate[number] = "switched" if found else "by hand"
        if found:
            edits.setdefault(mutant["file"], []).append((number, *found, mutant["genre"]))
    said = {}
    while True:
        marks = {}
        for file, source in sources.items():
            there = [edit for edit in edits.get(file, []) if fate[edit[0]] == "switched"]
            text, places = switched(source, there)
            (copy / file).write_text(text)
            # The compiler counts bytes.
            at = lambda place: len(text[:place].encode())
            marks[copy / file] = [(at(begin), at(end), number) for begin, end, number in places]
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
