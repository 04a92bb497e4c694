#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""generate_mbn.py FOLDER TABLE: write every Qualcomm image, its certificates, and the table that says what each is.

TABLE is tab-separated with a heading line: file, args (of verify, blank-separated; certificates relative to FOLDER), code,
keyword, seen (inspect marks it too), reason.
"""

import os
import sys

from certs import Certs
import mbn_images


def write(folder, image):
    files = image.data if isinstance(image.data, dict) else {"mbn": image.data}
    for ending, data in files.items():
        with open(os.path.join(folder, "%s.%s" % (image.name, ending)), "wb") as f:
            f.write(data)
    return "%s.%s" % (image.name, "mdt" if "mdt" in files else "mbn")


def main(argv):
    folder, table = argv[1:3]
    os.makedirs(folder, exist_ok=True)
    lines, seen = ["file\targs\tcode\tkeyword\tseen\treason"], set()
    for image in mbn_images.every(mbn_images.World(Certs(os.path.join(folder, "certs")))):
        assert image.name not in seen, image.name
        seen.add(image.name)
        lines.append("\t".join((write(folder, image), " ".join(image.args), image.code, image.keyword,
                                "yes" if image.seen else "no", image.reason)))
    with open(table, "w") as f:
        f.write("\n".join(lines) + "\n")
    print("%d images, %d of them good" % (len(seen), sum(line.split("\t")[2] == "ok" for line in lines[1:])))


if __name__ == "__main__":
    main(sys.argv)
