#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_refusals.py PROGRAM SOURCE BOARD IMAGES FOLDER MBN FOLDER: every sentence that a judge can say is said about an image.

The sources of the judges are read for their refusals: a code and a sentence with places for values. Every image that the
tables refuse is judged, and each refusal must be met by one of them; what no file can bring about is listed below, with the
reason. The codes must be those of the tables in docs/formats/, and no others.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import check_mbn
import check_verify

RPROC = ["lib/image/rproc.c", "lib/image/rproc_records.c", "lib/image/rproc_elf.c", "lib/image/rproc_encryption.c",
         "lib/image/rproc_rsc.c",
         "lib/image/rsc_table.c", "lib/image/elf32.c", "lib/image/tlv.c", "lib/sign/offline.c", "cli/map.c"]
MBN = ["lib/image/mbn.c", "lib/image/mbn_elf.c", "lib/image/mbn_hash.c", "lib/image/mbn_judge.c", "lib/image/mbn_meta.c",
       "lib/crypto/x509.c", "lib/crypto/x509_verify.c", "lib/sign/mbn_offline.c", "lib/sign/mbn_hash.c", "cli/mbn_files.c",
       "cli/verify_mbn.c"]

# What no file brings about: the beginning of the sentence, and why.
NO_IMAGE = {
    "the image could not be read at": "a file in memory can be read",
    "the header and records could not be hashed": "only without memory",
    "image %u: its headers could not be hashed": "only without memory",
    "the signature (%s, %zu bytes) does not match a trusted key": "who has the keys says it, and which",
    "%s (0x%08x, %u bytes) does not lie wholly inside one memory region": "who has the map says it, and lists the regions",
    "the resource table (0x%08x, %u bytes) does not lie wholly inside one": "the same",
    "%s (0x%08x, %u bytes) could not be loaded": "a loader's, not a file's",
    "the processor's memory could not be locked": "the same",
    "%s (0x%08x): what was loaded could not be read back": "the same",
    "the image is encrypted (record 0x%x), and this platform service": "about a platform service (tests/encrypted)",
    "encrypted segment %u (0x%08x, %u bytes) does not have its tag": "only who has the key finds it (tests/encrypted)",
    "the image could not be decrypted": "a loader's, not a file's",
    "the resource table has %zu bytes, the authenticated one has": "about what the host writes back",
    "resource table byte 0x%x differs from the authenticated table": "the same",
    "resource table entry %u (%s): byte 0x%x is not the host's": "the same",
    "the resource table has %zu bytes, its header alone has 16": "of a table by itself; in a container its section is judged first",
}
# Codes that are not about the image, and one that only a TEE gives: its board has no such key.
NOT_THE_IMAGES = {"parameter", "no-memory", "state", "platform"}
ONLY_A_TEE = {"device-key"}


@dataclass
class Refusal:
    where: str
    code: str  # "*": another party's
    text: str
    pattern: object


def code_only(text, start=0):
    """Places and characters that are in no string, and how many brackets are open behind them."""
    depth, i, quoted = 0, start, None
    while i < len(text):
        c = text[i]
        if quoted:
            i += c == "\\"
            if c == quoted:
                quoted = None
        elif c in "\"'":
            quoted = c
        else:
            depth += (c in "([{") - (c in ")]}")
            yield i, c, depth
        i += 1


def balanced(text, start):
    """From the opening bracket at @start to its closing one."""
    for i, c, depth in code_only(text, start):
        if c in ")]}" and not depth:
            return text[start + 1:i]
    raise ValueError("brackets")


def arguments(text):
    """Split at commas that are in no bracket and no string."""
    out, last = [], 0
    for i, c, depth in code_only(text):
        if c == "," and not depth:
            out.append(text[last:i])
            last = i + 1
    return [a.strip() for a in out + [text[last:]]]


def sentences(expression):
    """String literals side by side are one; with something between them they are alternatives."""
    expression = re.sub(r"/\*.*?\*/", "", expression, flags=re.S)
    for group in re.finditer(r'(?:"(?:[^"\\]|\\.)*"\s*)+', expression):
        yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', group.group())).replace('\\"', '"')


def pattern(text):
    parts = re.split(r"%[-0-9]*(?:ll|l|z)?[a-z]", text)
    return re.compile(".*".join(re.escape(p) for p in parts), re.S)


def refusals(source, files):
    for name in files:
        text = (source / name).read_text(encoding="utf-8")
        for m in re.finditer(r"\bcw_refuse\(", text):
            args = arguments(balanced(text, m.end() - 1))
            if len(args) < 4:
                continue
            code = re.fullmatch(r"CW_CODE_(\w+)", args[1])
            line = text.count("\n", 0, m.start()) + 1
            for s in sentences(args[3]):
                if len(re.sub(r"%[-0-9]*(?:ll|l|z)?[a-z]", "", s)) >= 8:  # others pass on what somebody said
                    yield Refusal(f"{name}:{line}", code.group(1) if code else "*", s, pattern(s))


def names_of_codes(source):
    """CW_CODE_RSC_TABLE: "resource-table"."""
    text = (source / "lib/base/refusal.c").read_text(encoding="utf-8")
    return dict(re.findall(r'case CW_CODE_(\w+):\s*return "([^"]*)"', text)) or \
        dict(re.findall(r'CW_CODE_(\w+)[^"\n]*"([^"]*)"', text))


def said(command):
    answer = json.loads(subprocess.run([*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
    return answer.get("code"), answer.get("sentence", "")


def unmet(source, files, answers, names):
    for r in refusals(source, files):
        code = names.get(r.code, "*")
        if code in NOT_THE_IMAGES or any(r.text.startswith(t) for t in NO_IMAGE):
            continue
        if not any((code in ("*", c)) and r.pattern.search(s) for c, s in answers):
            yield f"{r.where}: no image is refused with {code}: {r.text}"


def documented(page):
    """Codes in the last column of the tables "rule | else"."""
    out = set()
    for row in re.findall(r"^\|.*\|\s*$", page.read_text(encoding="utf-8"), re.M):
        last = row.strip().strip("|").split("|")[-1].strip()
        if re.fullmatch(r"(`[a-z-]+`(, )?)+", last):
            out |= set(re.findall(r"`([a-z-]+)`", last))
    return out


def check_page(source, page, files, answers, names):
    want = {names[r.code] for r in refusals(source, files) if r.code != "*"} - NOT_THE_IMAGES
    want |= {c for c, _ in answers if c}
    have = documented(source / page) - ONLY_A_TEE
    for code in sorted(want ^ have):
        yield f"{page}: {code} is " + ("not in a table" if code in want else "said by nobody")


def main():
    program, source, board, images, folder, mbn, mbn_folder = sys.argv[1:]
    source = pathlib.Path(source)
    names = names_of_codes(source)
    assert len(names) >= 20, names
    commands = [check_verify.command(program, folder, board, row) for row in check_verify.rows(images)
                if row["verdict"] == "refuse"]
    mbn_commands = [[program, "verify", os.path.join(mbn_folder, row["file"]), *check_mbn.arguments(mbn_folder, row)]
                    for row in check_mbn.table_rows(mbn) if row["code"] != "ok"]
    with ThreadPoolExecutor(2) as pool:
        answers, mbn_answers = list(pool.map(said, commands)), list(pool.map(said, mbn_commands))
    wrong = [*unmet(source, RPROC, answers, names), *unmet(source, MBN, mbn_answers, names),
             *check_page(source, "docs/formats/rproc-container.md", RPROC, answers, names),
             *check_page(source, "docs/formats/mbn.md", MBN, mbn_answers, names)]
    print("\n".join(wrong))
    n = len(list(refusals(source, RPROC))) + len(list(refusals(source, MBN)))
    print(f"{n} refusals in the sources, {len(answers) + len(mbn_answers)} images refused, {len(wrong)} wrong")
    assert n > 150
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
