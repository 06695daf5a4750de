"""irctest's way to start `chat-secure-server` and to make accounts on it.

It lives outside the irctest package: irctest imports whatever module is given to `--controller`, so it is enough
that this file's folder is on PYTHONPATH.

    CHAT_SECURE_BIN_DIR   folder of `chat-secure-server` and `chatctl` (default: looked up on PATH)
    CHAT_SECURE_REGISTER  how accounts are made: `chatctl` (default) or `inband` (the REGISTER command)
    IRCTEST_DEBUG_LOGS    `1`: the server's output goes to the test's log

What depends on the settings is in `config_text`, what depends on command lines in `server_command` and `chatctl`.
"""

from __future__ import annotations

import atexit
import functools
import os
from pathlib import Path
import shutil
import subprocess
import tempfile
from typing import Any, Dict, List, Optional, Sequence, Type

from irctest import patma
from irctest.basecontrollers import BaseServerController, DirectoryBasedController
from irctest.runner import NotImplementedByController
from irctest.specifications import Capabilities, OptionalBehaviors

SERVER = "chat-secure-server"
CTL = "chatctl"

# Several tests hard-code these three names.
SERVER_NAME = "My.Little.Server"
OPER_NAME = "operuser"
OPER_PASSWORD = "operpassword"

# argon2id at the lowest cost the algorithm allows (m=8 KiB, t=1, p=1), so that the
# server's config can hold hashes, never clear text. Anything not in this table is
# hashed by `chatctl hash-password`.
KNOWN_HASHES = {
    "operpassword": "$argon2id$v=19$m=8,t=1,p=1$aXJjdGVzdC1maXhlZC1zYQ"
    "$/1vFg9EWDuKABVwzskfHLUT2wi/h6wsaH1fArnNDCzE",
    "testpassword": "$argon2id$v=19$m=8,t=1,p=1$aXJjdGVzdC1maXhlZC1zYQ"
    "$wKAAPJI8ndFd9LoXy8Q+dHfad2Twm7OymdRO2jiWBZU",
}


def binary(name: str) -> str:
    directory = os.environ.get("CHAT_SECURE_BIN_DIR")
    if directory:
        path = Path(directory) / name
        if not path.exists():
            raise RuntimeError(f"CHAT_SECURE_BIN_DIR has no {name}: {path}")
        return str(path)
    found = shutil.which(name)
    if not found:
        raise RuntimeError(f"{name} is not on PATH; set CHAT_SECURE_BIN_DIR")
    return found


def server_command(config_path: Path) -> List[str]:
    """The command line that runs the server in the foreground until SIGTERM."""
    return [binary(SERVER), "--config", str(config_path)]


def chatctl(
    config_path: Path, args: Sequence[str], stdin: Optional[str] = None
) -> subprocess.CompletedProcess:
    """Runs `chatctl` against a server (running or not) that uses this config."""
    return subprocess.run(
        [binary(CTL), "--config", str(config_path), *args],
        input=None if stdin is None else stdin.encode("utf-8"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=20,
    )


@functools.lru_cache(maxsize=None)
def hash_password(password: str) -> str:
    if password in KNOWN_HASHES:
        return KNOWN_HASHES[password]
    out = subprocess.run(
        [binary(CTL), "hash-password", "--password-stdin"],
        input=password.encode("utf-8"),
        stdout=subprocess.PIPE,
        check=True,
        timeout=20,
    )
    return out.stdout.decode("ascii").strip()


operator_database = Path(tempfile.mkdtemp(prefix="chat-secure-irctest-")) / "chat-secure.db"
atexit.register(shutil.rmtree, operator_database.parent, ignore_errors=True)


def needs_operator() -> bool:
    """Whether the file of the running test uses OPER; pytest says which one that is."""
    current = os.environ.get("PYTEST_CURRENT_TEST", "").partition("::")[0]
    return mentions_operator(current) if current else True


@functools.lru_cache(maxsize=None)
def mentions_operator(path: str) -> bool:
    try:
        return f"OPER {OPER_NAME}" in Path(path).read_text(encoding="utf-8")
    except OSError:
        return True


def toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(v) for v in value) + "]"
    text = str(value)
    out = []
    for char in text:
        if char in ('"', "\\"):
            out.append("\\" + char)
        elif ord(char) < 0x20 or ord(char) == 0x7F:
            out.append(f"\\u{ord(char):04x}")
        else:
            out.append(char)
    return '"' + "".join(out) + '"'


def toml_table(header: Optional[str], pairs: Dict[str, Any]) -> str:
    lines = [] if header is None else [header]
    lines += [f"{k} = {toml_value(v)}" for k, v in pairs.items() if v is not None]
    return "\n".join(lines) + "\n"


def config_text(s: Dict[str, Any]) -> str:
    """The one place that knows the settings' names: what a test needs in, TOML out.

    The keys of `s` are those of `ChatSecureController.settings`.
    """
    return toml_table(
        None,
        {
            "server_name": s["server_name"],
            "network_name": s["network_name"],
            "data_dir": s["data_dir"],
            "certs_dir": s["data_dir"],
            # Clear-text IRC: the server accepts this on a loopback address only.
            "listen_plain": None if s["tls"] else s["listen_plain"],
            # No further listener: any port that it took could be one that a test beside this one is
            # about to use.
            "listen": s["listen"] if s["tls"] else [],
            # The default is a fixed port; tests run side by side.
            "listen_web": [],
            "listen_web_plain": s["listen_websocket"],
            "web_origins": ["*"],
            "cert": s["tls_cert"],
            "key": s["tls_key"],
            "guests": True,
            "registration": "open",
            "registration_before_connect": s["registration_before_connect"],
            "registration_email": (
                "required" if s["registration_requires_email"] else "none"
            ),
            "server_password_hash": s["connection_password_hash"],
            "default_room": "",
            # Stay in channels while disconnected.
            "always_on": s["always_on"],
            "default_user_modes": s["default_user_modes"],
            # Tests register passwords from 3 to 592 bytes, one of them non-ASCII.
            "password_bytes_min": 1,
            "weak_passwords": True,
            "argon2_memory_kib": 8,
            "argon2_passes": 1,
            "flood_per_second": 0,
            "sessions_per_address_max": 1000,
        },
    )


def translate_ergo_config(callback: Any) -> Dict[str, Any]:
    """A few tests say what they need only as a function that edits an Ergo config:
    it is run on a skeleton, and the marks that it leaves are looked at."""
    probe: Dict[str, Any] = {
        "accounts": {"multiclient": {}, "registration": {}, "nick-reservation": {}},
        "server": {"listeners": {"probe": None}},
        "channels": {},
        "history": {},
        "limits": {},
    }
    callback(probe)
    found: Dict[str, Any] = {}
    if probe["accounts"]["multiclient"].get("always-on") in ("opt-out", "mandatory"):
        found["always_on"] = True
    if "default-user-modes" in probe["accounts"]:
        found["default_user_modes"] = probe["accounts"]["default-user-modes"]
    if "casemapping" in probe["server"]:
        found["casemapping"] = probe["server"]["casemapping"]
    listener = probe["server"]["listeners"].get("probe")
    if isinstance(listener, dict) and listener.get("proxy"):
        found["proxy_protocol"] = "required"
    return found


class ChatSecureController(BaseServerController, DirectoryBasedController):
    software_name = "chat-secure"

    # Every test starts at least one server: poll quickly.
    _port_wait_interval = 0.01
    # The server answers one client's commands in order.
    sync_sleep_time = 0.0

    supports_sts = True  # read by the client suite only
    supported_sasl_mechanisms = {"PLAIN"}
    extban_mute_char = "m"
    nickserv = "NickServ"  # used only with an external services package

    # What we promise. A capability in this set that is NAKed makes the test fail
    # (where the test would otherwise be skipped).
    capabilities = frozenset(Capabilities) - {Capabilities.STS}

    # What we promise. A listed behaviour that turns out to be missing makes the test
    # fail (where the test would otherwise be skipped).
    optional_behaviors = frozenset(
        {
            OptionalBehaviors.BAN_EXCEPTION_MODE,
            OptionalBehaviors.CAP_REQ_MINUS,
            OptionalBehaviors.ELIST_C,
            OptionalBehaviors.ELIST_M,
            OptionalBehaviors.ELIST_N,
            OptionalBehaviors.ELIST_T,
            OptionalBehaviors.ELIST_U,
            OptionalBehaviors.INVITE_EXCEPTION_MODE,
            OptionalBehaviors.INVITE_LIST,
            OptionalBehaviors.INVITE_OVERRIDES_LIMIT,
            OptionalBehaviors.METADATA_BEFORE_CONNECT,
            OptionalBehaviors.MULTI_JOIN,
            OptionalBehaviors.MULTI_KICK,
            OptionalBehaviors.MULTI_NAMES_COMMAND,
            OptionalBehaviors.MULTI_PRIVMSG,
            OptionalBehaviors.NO_CTCP,
            OptionalBehaviors.SASL_AFTER_REGISTRATION,
            # Not promised, on purpose: NON_UTF8_MESSAGE (we are UTF8ONLY),
            # SASL_REAUTHENTICATION (a connection never changes account).
        }
    )

    # Checked by isupport.py::testValues.
    isupport = {
        "BOT": "B",
        "CASEMAPPING": "ascii",
        "CHATHISTORY": patma.StrRe("[1-9][0-9]*"),
        "ELIST": patma.StrRe("(?=.*M)(?=.*N)(?=.*U).*"),
        "EXCEPTS": patma.ANYOPTSTR,
        "INVEX": patma.ANYOPTSTR,
        "MONITOR": patma.StrRe("[1-9][0-9]*"),
        "MSGREFTYPES": "msgid,timestamp",
        "NETWORK": patma.ANYSTR,
        "PREFIX": patma.StrRe(r"\([a-zA-Z]*ov\)\S*@\+|\([a-zA-Z]*ohv\)\S*@%\+"),
        "STATUSMSG": patma.StrRe(".*@.*"),
        "TARGMAX": patma.ANYSTR,
        "UTF8ONLY": None,
        "WHOX": None,
    }

    def settings(self) -> Dict[str, Any]:
        """Everything config_text() may need, for this one test."""
        assert self.directory
        settings: Dict[str, Any] = {
            "server_name": SERVER_NAME,
            "network_name": "ChatSecureTest",
            "data_dir": str(self.directory / "data"),
            "listen": f"127.0.0.1:{self.port}",
            "listen_websocket": None,
            "tls": False,
            "tls_cert": None,
            "tls_key": None,
            "proxy_protocol": "off",
            "connection_password_hash": None,
            "casemapping": "ascii",
            "registration_before_connect": (
                self.test_config.account_registration_before_connect
            ),
            "registration_requires_email": (
                self.test_config.account_registration_requires_email
            ),
            "always_on": False,
            "default_user_modes": "",
            "debug": self.debug_mode,
        }
        if self.test_config.ergo_config is not None:
            settings.update(translate_ergo_config(self.test_config.ergo_config))
        proxied = settings["proxy_protocol"] == "required"
        settings["listen_plain"] = ("proxy://" if proxied else "") + settings["listen"]
        return settings

    def run(
        self,
        hostname: str,
        port: int,
        *,
        password: Optional[str],
        ssl: bool,
        run_services: bool,
        faketime: Optional[str],
        websocket_hostname: Optional[str] = None,
        websocket_port: Optional[int] = None,
    ) -> None:
        # irctest passes 0.0.0.0; a clear-text listener must be on loopback.
        assert self.proc is None
        if self.test_config.ergo_roleplay:
            raise NotImplementedByController("role-play commands")
        if self.test_config.sable_history_server:
            raise NotImplementedByController("Sable history server")
        self.hostname = "127.0.0.1"
        self.port = port
        self.create_config()
        assert self.directory
        (self.directory / "data").mkdir()

        settings = self.settings()
        if ssl:
            self.gen_ssl()
            settings.update(
                tls=True, tls_cert=str(self.pem_path), tls_key=str(self.key_path)
            )
        if websocket_port is not None:
            settings["listen_websocket"] = f"127.0.0.1:{websocket_port}"
            # These tests look at the receiver without asking the sender first; a message
            # is on disk before anybody sees it, while a PING of others is answered at once.
            self.sync_sleep_time = 0.1
        if password is not None:
            settings["connection_password_hash"] = hash_password(password)

        self.config_path = self.directory / "server.toml"
        self.config_path.write_text(config_text(settings), encoding="utf-8")
        if needs_operator():
            self._add_operator(password=OPER_PASSWORD)
        self._faketime_command: List[str] = []
        if faketime and shutil.which("faketime"):
            # Works only if the server takes its clock from libc (no static musl).
            self._faketime_command = ["faketime", "-f", faketime]
            self.faketime_enabled = True
        self._start()

    def _add_operator(self, password: str) -> None:
        """The operator of these tests, before the server starts. Made once; later servers begin
        with a copy of that database."""
        assert self.directory
        made = self.directory / "data" / "chat-secure.db"
        if operator_database.exists():
            shutil.copy(operator_database, made)
            return
        args = ["adduser", OPER_NAME, "--admin", "--password-stdin"]
        done = chatctl(self.config_path, args, stdin=password)
        if done.returncode != 0:
            raise RuntimeError(f"chatctl adduser: {done.stdout.decode('utf-8', 'replace')}")
        shutil.copy(made, operator_database)

    def _start(self) -> None:
        self.proc = self.execute(
            [*self._faketime_command, *server_command(self.config_path)],
            proc_name=SERVER,
        )

    def restart(self) -> None:
        """SIGTERM, then start again on the same data."""
        self.kill_proc()
        self.port_open = False
        self._start()
        self.wait_for_port()

    def kill(self) -> None:
        try:
            super().kill()
        except FileNotFoundError:
            # The server removed a file of its database while irctest was removing
            # the directory (`faketime` can end before the server does).
            assert self.directory
            shutil.rmtree(self.directory, ignore_errors=True)

    def wait_for_services(self) -> None:
        """Accounts are part of the server: nothing more to wait for."""

    def registerUser(
        self, case: Any, username: str, password: Optional[str] = None
    ) -> None:
        if not case.run_services:
            raise ValueError("registerUser needs a test class with run_services = True")
        assert password is not None
        self.wait_for_port()
        if os.environ.get("CHAT_SECURE_REGISTER", "chatctl") == "inband":
            self._register_inband(case, username, password)
            return
        done = chatctl(
            self.config_path, ["adduser", username, "--password-stdin"], stdin=password
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"chatctl adduser {username}: exit {done.returncode}: "
                f"{done.stdout.decode('utf-8', 'replace')}"
            )

    def _register_inband(self, case: Any, username: str, password: str) -> None:
        client = case.addClient(show_io=False)
        case.sendLine(client, "CAP REQ :draft/account-registration")
        case.sendLine(client, "NICK " + username)
        case.sendLine(client, "USER r e g :user")
        case.sendLine(client, "CAP END")
        while case.getRegistrationMessage(client).command != "001":
            pass
        case.getMessages(client)
        case.sendLine(client, f"REGISTER * * :{password}")
        replies = [m for m in case.getMessages(client) if m.command == "REGISTER"]
        assert replies and replies[0].params[0] == "SUCCESS", replies
        case.sendLine(client, "QUIT")
        case.assertDisconnected(client)


def get_irctest_controller_class() -> Type[ChatSecureController]:
    return ChatSecureController
