"""Packs an initramfs: busybox, the modules that Bluetooth over a host's files needs, and the guest's first script."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

MODULES = (
    "virtio_pci",
    "9pnet_virtio",
    "9p",
    "overlay",
    "ctr",
    "sha512_generic",
    "drbg",  # the random numbers without which the self-test of ecdh fails
    "hci_vhci",
    "ecb",
    "cmac",
    "ccm",
    "algif_hash",
    "algif_skcipher",
)


def main(root: Path, out: Path) -> None:
    """Build `out` from unpacked Debian packages in `root`."""
    found = {path.stem.replace("-", "_"): path for path in (root / "lib/modules").rglob("*.ko")}
    order: list[str] = []
    for name in MODULES:
        _add(name, found, order)
    work = out.parent / "initramfs"
    shutil.rmtree(work, ignore_errors=True)
    (work / "bin").mkdir(parents=True)
    (work / "modules").mkdir()
    for place, name in enumerate(order):
        shutil.copy(found[name], work / "modules" / f"{place:02d}-{name}.ko")
    shutil.copy(root / "bin/busybox", work / "bin/busybox")
    shutil.copy(Path(__file__).with_name("init.sh"), work / "init")
    (work / "init").chmod(0o755)
    names = "\n".join(str(path.relative_to(work)) for path in sorted(work.rglob("*")))
    busybox = [str(root / "bin/busybox"), "cpio", "-o", "-H", "newc"]
    with out.open("wb") as handle:
        subprocess.run(busybox, input=names.encode(), stdout=handle, cwd=work, check=True)


def _add(name: str, found: dict[str, Path], order: list[str]) -> None:
    """Put a module after those that it depends on; one that is built in is passed over."""
    if name in order or name not in found:
        return
    depends = re.search(rb"\0depends=([^\0]*)\0", found[name].read_bytes())
    for other in depends[1].decode().split(",") if depends else ():
        _add(other.replace("-", "_"), found, order)
    order.append(name)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
