#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""generate.py FOLDER TABLE [--firmware ELF]...: write every image, its keys, and the table that says what each is.

TABLE is tab-separated with a heading line: file, key (public, PEM), require, minimum, verdict (accept or refuse), code,
keyword, reason. Paths are relative to FOLDER.
"""

import os
import sys

import images
import images_rare
from keys import Keys

COLUMNS = ("file", "key", "require", "minimum", "verdict", "code", "keyword", "reason")


def write(folder, rows, table):
    seen = set()
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        assert row.name not in seen, row.name
        seen.add(row.name)
        with open(os.path.join(folder, row.name + ".rproc"), "wb") as f:
            f.write(row.data)
        lines.append("\t".join((row.name + ".rproc", "keys/%s.pub.pem" % row.key, row.require, str(row.minimum),
                                row.verdict, row.code, row.keyword, row.reason)))
    with open(table, "w") as f:
        f.write("\n".join(lines) + "\n")
    return len(seen)


def main(argv):
    folder, table = argv[1], argv[2]
    os.makedirs(folder, exist_ok=True)
    keys = Keys(os.path.join(folder, "keys"))
    rows = [*images.every(keys), *images_rare.every(keys)]
    for path in argv[4::2] if len(argv) > 3 else []:
        with open(path, "rb") as f:
            name = os.path.splitext(os.path.basename(path))[0]
            rows += list(images.of_firmware(keys, f.read(), name))
    count = write(folder, rows, table)
    print("%d images, %d of them good" % (count, sum(r.verdict == "accept" for r in rows)))


if __name__ == "__main__":
    main(sys.argv)
