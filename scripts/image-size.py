"""Prints flash and RAM of a 32-bit little-endian ELF image, by its section headers."""

import struct
import sys

WRITE, ALLOC, NOBITS = 1, 2, 8


def sections(image: bytes):
    """Yields type, flags and size of every section."""
    offset, = struct.unpack_from("<I", image, 0x20)
    size, count = struct.unpack_from("<HH", image, 0x2E)
    for index in range(count):
        _, kind, flags, _, _, length = struct.unpack_from("<6I", image, offset + index * size)
        yield kind, flags, length


def main() -> None:
    with open(sys.argv[1], "rb") as file:
        image = file.read()
    assert image[:5] == b"\x7fELF\x01", "a 32-bit ELF image"
    flash = sum(n for kind, flags, n in sections(image) if flags & ALLOC and kind != NOBITS)
    ram = sum(n for _, flags, n in sections(image) if flags & ALLOC and flags & WRITE)
    print(f"flash {flash} bytes, static RAM {ram} bytes (semihosting and start-up code included)")


main()
