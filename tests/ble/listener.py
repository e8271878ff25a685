"""A process that streams from one sensor until it is killed."""

import sys
import threading

from rig.devices.ble_hub import BleHub
from rig.model.clock import SystemClock
from rig.model.records import Packet
from rig.model.setup import Device, Role


def main(address: str) -> None:
    streaming = threading.Event()

    def take(packet: Packet) -> None:
        if packet.data[:1] == b"\x02":
            streaming.set()

    hub = BleHub([Device("sensor-1", "movesense", Role.LOWER_BACK, address=address)], take, SystemClock())
    hub.sensors[0].start()
    streaming.wait()
    print("connected", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
