#!/bin/sh
# Runs tests of tests/ble on the real kernel's Bluetooth stack in an emulated machine (docs/ble-testing.md).
# usage: tests/ble/vm/run.sh WORK_FOLDER [pytest arguments]      on Debian, with qemu-system-x86 and python's venv
# LIMIT_S: the machine is switched off after so many seconds (1200); TRACE=1: all HCI packets to WORK_FOLDER/share/btmon.log
set -eu
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../../.." && pwd)
mkdir -p "$1/root" "$1/share"
work=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- tests/ble/test_scan.py tests/ble/test_links.py tests/ble/test_stream.py tests/ble/test_kinds.py
python=${PYTHON:-$project/.venv/bin/python}

cd "$work"
[ -e root/usr/libexec/bluetooth/bluetoothd ] || {
    kernel=$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -1)
    apt-get download -q "$kernel" bluez busybox-static
    for package in ./*.deb; do dpkg -x "$package" root; done
}
"$python" "$here/initramfs.py" root initramfs.cpio
[ -e share/usr ] || cp -r root/usr root/etc share/
rm -f share/exit share/log share/results.xml share/btmon.log
printf '%s\n' "$@" > share/arguments

cat > share/inside.sh <<END
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root RIG_BLUEZ=kernel PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
mkdir -p /run/dbus /etc/dbus-1/system.d /etc/bluetooth /var/lib/bluetooth
cp /mnt/etc/dbus-1/system.d/bluetooth.conf /etc/dbus-1/system.d/
cp /mnt/etc/bluetooth/main.conf /etc/bluetooth/
dbus-daemon --system --fork
/mnt/usr/libexec/bluetooth/bluetoothd -n > /mnt/bluetoothd.log 2>&1 &
daemon=\$!
${TRACE:+/mnt/usr/bin/btmon -T > /mnt/btmon.log 2>&1 &}
sleep 2
uname -rv
echo "BlueZ \$(/mnt/usr/libexec/bluetooth/bluetoothd -v), up for \$(cut -d' ' -f1 /proc/uptime) s"
cd $project
$python -m pytest -v -p no:cacheprovider --timeout 600 --junitxml /mnt/results.xml @/mnt/arguments
echo \$? > /mnt/exit
kill -0 \$daemon || echo "bluetoothd has died: see bluetoothd.log"
echo "up for \$(cut -d' ' -f1 /proc/uptime) s"
END
timeout "${LIMIT_S:-1200}" qemu-system-x86_64 -accel tcg -cpu max -smp 1 -m 2048 -nographic -no-reboot -nic none \
    -kernel root/boot/vmlinuz-* -initrd initramfs.cpio -append "console=ttyS0 panic=-1" \
    -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap \
    -device virtio-9p-pci,fsdev=host,mount_tag=host \
    -fsdev local,id=share,path="$work/share",security_model=none -device virtio-9p-pci,fsdev=share,mount_tag=share \
    < /dev/null > console.log 2>&1 || true
cat share/log 2>/dev/null || tail -20 console.log
[ ! -e share/results.xml ] || "$python" "$here/table.py" share/results.xml
exit "$(cat share/exit 2>/dev/null || echo 3)"
