#!/bin/sh
# Runs tests of tests/ble on the real kernel's Bluetooth stack in an emulated machine (docs/ble-testing.md).
# usage: tests/ble/vm/run.sh WORK_FOLDER [pytest arguments]      on Debian, with qemu-system-x86 and python's venv
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../../.." && pwd)
mkdir -p "$1/root" "$1/share"
work=$(cd "$1" && pwd)
shift
python=${PYTHON:-$project/.venv/bin/python}

kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
cd "$work"
[ -e root/usr/libexec/bluetooth/bluetoothd ] || {
    apt-get download -q "$kernel" bluez busybox-static
    for package in ./*.deb; do dpkg -x "$package" root; done
}
"$python" "$here/initramfs.py" root initramfs.cpio
cp -r root/usr root/etc share/ 2>/dev/null || true

cat > share/inside.sh <<END
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root RIG_BLUEZ=kernel PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
mkdir -p /run/dbus /etc/dbus-1/system.d /var/lib/bluetooth
cp /mnt/etc/dbus-1/system.d/bluetooth.conf /etc/dbus-1/system.d/
dbus-daemon --system --fork
/mnt/usr/libexec/bluetooth/bluetoothd -n > /mnt/bluetoothd.log 2>&1 &
sleep 2
cd $project
date
$python -m pytest -v -p no:cacheprovider --timeout 600 $*
echo \$? > /mnt/exit
date
END
rm -f share/exit share/log
timeout "${LIMIT_S:-900}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1536 -nographic -no-reboot -nic none \
    -kernel root/boot/vmlinuz-* -initrd initramfs.cpio -append "console=ttyS0 quiet panic=-1" \
    -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=host,mount_tag=host \
    -fsdev local,id=share,path="$work/share",security_model=none -device virtio-9p-pci,fsdev=share,mount_tag=share \
    < /dev/null > console.log 2>&1 || true
cat share/log 2>/dev/null || tail -20 console.log
exit "$(cat share/exit 2>/dev/null || echo 3)"
