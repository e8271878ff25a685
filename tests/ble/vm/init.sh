#!/bin/busybox sh
# First process of the guest: modules, the host's files read-only under a writable layer, then inside.sh.
/bin/busybox mkdir -p /proc /sys /dev /host /layer /new
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in /modules/*.ko; do insmod "$module" || echo "cannot load $module"; done
mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=262144 host /host
mount -t tmpfs tmpfs /layer
mkdir /layer/upper /layer/work
mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work overlay /new
for each in proc sys dev; do mount --move /$each /new/$each; done
mkdir -p /new/dev/shm /new/run /new/mnt
mount -t tmpfs tmpfs /new/dev/shm
mount -t tmpfs tmpfs /new/run
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 share /new/mnt
ip link set lo up
chroot /new /bin/sh /mnt/inside.sh > /new/mnt/log 2>&1
sync
poweroff -f
