# SPDX-License-Identifier: BSD-2-Clause
"""change.py IN OUT: flip one bit in the middle of the largest segment of a signed image."""
import struct
import sys

data = bytearray(open(sys.argv[1], "rb").read())
elf = data.index(b"\x7fELF")
headers = struct.unpack_from("<I", data, elf + 28)[0]
count = struct.unpack_from("<H", data, elf + 44)[0]
loads = [struct.unpack_from("<IIIIII", data, elf + headers + 32 * i) for i in range(count)]
offset, size = max(((h[1], h[4]) for h in loads if h[0] == 1), key=lambda load: load[1])
data[elf + offset + size // 2] ^= 1
open(sys.argv[2], "wb").write(data)
