#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""verdicts.py TABLE TEE LOG PAGE [--write]: one table of verdicts of four judges.

TABLE is the generator's, TEE what check_tee.py wrote (off-line judge, and our TA in our TEE), LOG what Linux said when our TA
(64 and 32 bit) and OP-TEE's own judged the same files in one boot of a real OP-TEE, on one platform service. Ours agree in
every row, in code and sentence. Where OP-TEE's own decides otherwise, the rule that makes the difference is named here, and
no rule is named where there is no difference. PAGE (docs/verdicts.md) is what comes out; --write writes it.
"""

import csv
import fnmatch
import sys

RULES = {
    "W1": "a segment can be dropped or hidden in the ELF's own headers, which nobody signs: they must agree with the signed table, "
          "or with their signed digest",
    "W2": "section headers are believed: the resource table must lie in bytes that were hashed, and be the only one; names may be "
          "as many as they like",
    "W3": "a signed entry is found by its address alone, so another header with this address stands in its way",
    "W5": "fields of a program header are not compared with the signed entry",
    "W6": "only the first ELF header is looked at, and not all of it; sizes are not added up",
    "W7": "records that are double, over-long, unknown, badly padded or of an unknown hash pass",
    "W8": "more bytes than memory",
    "W10": "no firmware version, so no protection against older images",
    "W14": "segments may overlap, and the resource table's place with them",
    "W16": "records of the platform range are signed, but nobody reads them: target, flags, encryption, place of the resource table",
    "W17": "entries of the resource table are not looked at",
    "W18": "an ELF without section headers is refused, though it needs none",
    "W19": "an offset near 4 GiB wraps, and the trusted application crashes (data abort)",
}

WHERE = {
    "W1": "bad-dropped bad-dropped-headers bad-pt-* bad-segment-twice bad-headers-digest bad-entry-headers bad-headers-short "
          "bad-headers-two bad-required-headers bad-rare-many-headers-unsigned bad-rare-header-added",
    "W2": "bad-table-moved-address bad-table-unhashed bad-tables-two bad-table-dropped bad-table-dropped-plain "
          "bad-table-misdirected* bad-table-twin bad-table-enlarged bad-rare-names-many",
    "W3": "good-exidx-same-address",
    "W5": "bad-signed-vaddr bad-signed-flags bad-signed-align",
    "W6": "bad-elf-endian bad-elf-type bad-elf-second bad-imgsize+8 bad-rare-elf-machine bad-rare-elf-ehsize "
          "bad-rare-elf-phoff",
    "W7": "bad-twice-* bad-missing-hashtype bad-empty-hashtype bad-hashtype-2 bad-unknown-record bad-padding bad-record-*",
    "W8": "bad-filesz",
    "W10": "bad-rollback bad-rollback-none bad-version-short bad-required-version",
    "W14": "bad-overlap-one bad-overlap-around bad-overlap-alias bad-overlap-images bad-rare-table-on-code",
    "W16": "bad-target* bad-flags-* bad-encrypted bad-newer-record bad-required-target "
           "bad-table-record-* bad-encryption-[0-9]* bad-encryption-of-[124] bad-encryption-of-nothing bad-encryption-point",
    "W17": "bad-rsc-many bad-rsc-big bad-rsc-offset* bad-rsc-entry-cut bad-rsc-entries-overlap bad-rsc-vring* bad-rsc-vdev-* "
           "bad-rsc-trace-* bad-rsc-carveout-*",
    "W18": "firmware-bare-no-sections",
    "W19": "bad-elf-phoff",
}

NAMES = {0: "accepted", 0xFFFF0001: "ACCESS_DENIED", 0xFFFF0004: "EXCESS_DATA", 0xFFFF0005: "BAD_FORMAT",
         0xFFFF0006: "BAD_PARAMETERS", 0xFFFF0007: "BAD_STATE", 0xFFFF000A: "NOT_SUPPORTED", 0xFFFF000B: "NO_DATA",
         0xFFFF000C: "OUT_OF_MEMORY", 0xFFFF000F: "SECURITY", 0xFFFF3024: "TARGET_DEAD", 0xFFFF3072: "SIGNATURE_INVALID",
         0xF0100001: "CORRUPT_OBJECT"}


def name_of(result):
    return NAMES.get(result, "0x%08x" % result)


def rule_of(file):
    stem = file[:-len(".rproc")]
    found = [rule for rule, patterns in WHERE.items() if any(fnmatch.fnmatchcase(stem, p) for p in patterns.split())]
    assert len(found) <= 1, "%s: %s" % (file, found)
    return found[0] if found else ""


def read_log(path):
    verdicts = {}
    with open(path, errors="replace") as f:
        for line in f:
            part = line.rstrip("\r\n").split("\t")
            if part[0] == "VERDICT":
                _, file, ta, result, code, left, text = part
                verdicts[file, ta] = int(result, 16), code, int(left), text
    return verdicts


def check_row(row, tee, real, problems):
    """Our four judges, and OP-TEE's; the rule that tells them apart."""
    file = row["file"]
    _, _, _, tee_code, tee_result, tee_text = tee[file]
    theirs = real[file, "optee"]
    for ta in ("ours", "ours32"):
        result, code, left, text = real[file, ta]
        if (code, result) != (tee_code, int(tee_result, 16)) or code != row["code"]:
            problems.append("%s: %s: %s %s, in our TEE %s %s, off-line %s" % (
                file, ta, code, name_of(result), tee_code, tee_result, row["code"]))
        if text != tee_text:
            problems.append("%s: %s says: %s\n  in our TEE: %s" % (file, ta, text, tee_text))
        if result and left:
            problems.append("%s: %s: refused, and %d bytes are left" % (file, ta, left))
    rule = rule_of(file)
    differs = (theirs[0] == 0) != (row["verdict"] == "accept") or theirs[0] == 0xFFFF3024
    if differs != bool(rule):
        problems.append("%s: OP-TEE's answers %s; rule: %s" % (file, name_of(theirs[0]), rule or "none"))
    return rule


def page_of(rows, real, rules):
    counts = {r: sum(1 for x in rules.values() if x == r) for r in RULES}
    left = sum(1 for row in rows if real[row["file"], "optee"][0] and real[row["file"], "optee"][2])
    out = ["# Verdicts", "",
           "Made by `./test --real`, which fails when it comes out otherwise. Every image of the generator (`tests/generator`) was",
           "judged off-line, by our trusted application in our TEE, and, in one boot of a real OP-TEE 4.10 on one platform service,",
           "by our trusted application (64 and 32 bit) and by OP-TEE's own (`ta/remoteproc`, its source as it is).", "",
           "* Ours agree in all %d rows: code, result and sentence." % len(rows),
           "* OP-TEE's own decides otherwise in %d rows, each by a rule named below." % sum(1 for r in rules.values() if r),
           "* W9: OP-TEE's own left bytes of a refused image in the processor's memory in %d rows; ours in none." % left, "",
           "Where both refuse, the codes may differ: only ours tells a cause in words.", "",
           "| rule | rows | OP-TEE's own application |", "|---|---|---|"]
    for rule, text in RULES.items():
        out.append("| FMT-%s | %d | %s |" % (rule, counts[rule], text))
    out += ["", "| image | what it is | ours | result | OP-TEE's own | rule |", "|---|---|---|---|---|---|"]
    for row in rows:
        file = row["file"]
        out.append("| %s | %s | %s | %s | %s | %s |" % (
            file[:-len(".rproc")], row["reason"], row["code"], name_of(real[file, "ours"][0]),
            name_of(real[file, "optee"][0]), "FMT-" + rules[file] if rules[file] else ""))
    return "\n".join(out) + "\n"


def main(table, tee_path, log, page, *options):
    with open(table) as f:
        rows = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    with open(tee_path) as f:
        tee = {line.split("\t")[0]: line.rstrip("\n").split("\t") for line in f}
    real, problems, rules = read_log(log), [], {}
    for row in rows:
        missing = [ta for ta in ("ours", "ours32", "optee") if (row["file"], ta) not in real]
        if missing:
            problems.append("%s: no verdict of %s" % (row["file"], ", ".join(missing)))
        else:
            rules[row["file"]] = check_row(row, tee, real, problems)
    if len(rows) < 150:
        problems.append("only %d images" % len(rows))
    if not problems:
        made = page_of(rows, real, rules)
        if "--write" in options:
            with open(page, "w") as f:
                f.write(made)
        with open(page) as f:
            if f.read() != made:
                problems.append("%s is not what came out; tests/real/verdicts.py --write writes it" % page)
    print("\n".join(problems) if problems else "%d images, four judges of ours agree" % len(rows))
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
