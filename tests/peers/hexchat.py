"""HexChat on a display that nobody looks at, told what to do by its own remote control."""

import os
import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from pathlib import Path

from waiting import PASSWORD, ROOM, Failure, end, until

# HexChat greets root with a dialog that must be clicked away; so it runs as nobody.
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}

# Of servlist.conf: TLS (4) and connect at the start (8), but no invalid certificates (32).
FLAGS = 4 | 8
LOGIN_SASL = 6


class HexChat:
    """Told what to do through D-Bus, as its `--existing --command` does; read through its log files."""

    def __init__(self, server, account):
        self.folder = Path(tempfile.mkdtemp(prefix="peers-hexchat-"))
        self.running = []
        try:
            self.open(server, account)
        except BaseException:
            self.stop()
            raise

    def open(self, server, account):
        self.write_settings(server, account)
        display = self.start_display()
        bus = f"unix:path={self.folder}/bus"
        self.start("dbus-daemon", "--session", "--nofork", f"--address={bus}")
        until("the message bus", (self.folder / "bus").exists)
        # It trusts whom OpenSSL trusts; the server made its certificate itself.
        self.environment = {
            **os.environ, "HOME": str(self.folder), "DISPLAY": display, "DBUS_SESSION_BUS_ADDRESS": bus,
            "SSL_CERT_FILE": str(self.folder / "ca.pem"), "LC_ALL": "C.UTF-8", "NO_AT_BRIDGE": "1",
        }
        self.start("hexchat", "--cfgdir", self.folder, env=self.environment)

    def write_settings(self, server, account):
        (self.folder / "hexchat.conf").write_text(f"""version = 2.16.1
gui_slist_skip = 1
gui_join_dialog = 0
gui_tray = 0
irc_join_delay = 1
irc_logging = 1
irc_logmask = %c.log
irc_nick1 = {account}
irc_user_name = {account}
irc_real_name = {account}
""")
        (self.folder / "servlist.conf").write_text(f"""v=2.16.1

N=chat
I={account}
U={account}
P={PASSWORD}
L={LOGIN_SASL}
E=UTF-8 (Unicode)
F={FLAGS}
D=0
S=localhost/{server.port}
J={ROOM}

""")
        shutil.copy(server.folder / "certs/cert.pem", self.folder / "ca.pem")
        (self.folder / "framebuffer").mkdir()
        if NOBODY:
            for path in [self.folder, *self.folder.iterdir()]:
                os.chown(path, NOBODY["user"], NOBODY["group"])

    def start(self, *command, **options):
        with open(self.folder / "output", "ab") as output:
            process = subprocess.Popen(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, **NOBODY, **options)
        self.running.append(process)

    def start_display(self):
        """An X server that chooses its number and keeps its picture in a file."""
        number, told = os.pipe()
        # Without access control, because there is nothing to see and nobody to ask.
        self.start("Xvfb", "-displayfd", str(told), "-screen", "0", "800x500x24", "-ac", "-nolisten", "tcp",
                   "-fbdir", self.folder / "framebuffer", pass_fds=[told])
        os.close(told)
        with os.fdopen(number) as number:
            said = number.readline().strip()
        if not said:
            raise Failure(f"Xvfb did not start\n{self.shown()}")
        return f":{said}"

    def tell(self, command):
        subprocess.run(
            ["hexchat", "--cfgdir", self.folder, "--existing", "--command", command], cwd=self.folder,
            env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=20, **NOBODY)

    def say(self, target, text):
        self.tell(f"MSG {target} {text}")

    def log(self, buffer):
        path = self.folder / "logs" / f"{buffer}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait(self, buffer, pattern, times=1):
        found = lambda: len(re.findall(pattern, self.log(buffer), re.MULTILINE)) >= times
        until(f"{pattern!r} {times} times in HexChat's {buffer}", found, self.shown)

    def shown(self):
        paths = [self.folder / "output", *sorted(self.folder.glob("logs/*.log"))]
        return "\n".join(f"--- {path.name}\n{path.read_text(errors='replace')[-2500:]}" for path in paths)

    def picture(self, path):
        """Writes what is on the display as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(*pixels((self.folder / "framebuffer/Xvfb_screen0").read_bytes())))

    def stop(self):
        for process in reversed(self.running):
            end(process)
        shutil.rmtree(self.folder, ignore_errors=True)


def pixels(dump):
    """Width, height and rows in RGB of a dump in the X window dump's form, version 7, with 32 bits a pixel."""
    header = struct.unpack(">25I", dump[:100])
    width, height, row_bytes, colours = header[4], header[5], header[12], header[19]
    start = header[0] + 12 * colours
    rows = []
    for row in range(height):
        line = dump[start + row * row_bytes:][:4 * width]
        rgb = bytearray(3 * width)
        rgb[0::3], rgb[1::3], rgb[2::3] = line[2::4], line[1::4], line[0::4]
        rows.append(bytes(rgb))
    return width, height, rows


def png(width, height, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = zlib.compress(b"".join(b"\0" + row for row in rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
