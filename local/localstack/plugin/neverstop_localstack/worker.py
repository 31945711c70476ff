"""One execution environment as one Node process. Knows nothing of LocalStack."""

import json
import os
import queue
import selectors
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

RUNTIME = Path(__file__).with_name("runtime.mjs")

# Of the parent's own environment, everything that a function may see.
SHARED = ("LANG", "PATH", "TMPDIR")

# How often a running invocation's memory is looked at, in seconds.
GLANCE = 0.25

# What an environment may write before somebody asks for it; then the oldest is forgotten, in bytes.
KEPT = 4 * 1024 * 1024


class Gone(Exception):
    """The process ended before it answered. `status` is its exit status, negative for a signal."""

    def __init__(self, status: int, reason: str = ""):
        super().__init__(reason or (f"signal: {-status}" if status < 0 else f"exit status {status}"))
        self.status = status


class Failed(Exception):
    """The handler could not be loaded. `error` has errorType, errorMessage and trace."""

    def __init__(self, error: dict):
        super().__init__(error["errorMessage"])
        self.error = error


def environment_of(function: Mapping[str, object], parent: Mapping[str, str]) -> dict[str, str]:
    """What a function's process sees: its own variables and next to nothing of the parent's, whose credentials and
    endpoints are none of its business."""
    shared = {name: parent[name] for name in SHARED if name in parent}
    return shared | {name: str(value) for name, value in function.items() if value is not None}


def resident_megabytes(pid: int) -> float:
    """The memory that a process holds; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


class Worker:
    """Starts a process and speaks with it, one question at a time.

    Everything that it writes is collected; `written()` hands over what came since the last time. Its own process group
    ends with it, so that what a handler starts does not stay behind."""

    running: set["Worker"] = set()
    closing = False

    def __init__(self, node: str, code: str, environment: Mapping[str, str], megabytes: int, name: str = ""):
        if Worker.closing:
            raise Gone(0, "the cloud is being stopped")
        self.megabytes = megabytes
        self._replies: queue.SimpleQueue[dict | None] = queue.SimpleQueue()
        self._written = bytearray()
        self._writing = threading.Lock()
        self._killed_because = ""
        self._ending = threading.Lock()
        self._over = threading.Event()
        self._channel, theirs = socket.socketpair()
        # V8 gives up a little before the limit of the whole process, and says why.
        heap = max(48, megabytes * 3 // 4)
        options: Sequence[str] = (f"--max-old-space-size={heap}", "--enable-source-maps")
        try:
            self._process = subprocess.Popen(
                # The name is for whoever looks at the list of processes.
                [node, *options, str(RUNTIME), name],
                cwd=code,
                env={**environment, "NODE_CHANNEL_FD": str(theirs.fileno())},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        finally:
            theirs.close()
        Worker.running.add(self)
        threading.Thread(target=self._listen, name=f"worker-{self.pid}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._over.is_set()

    def ready(self, within: float) -> None:
        """Waits until the handler is loaded. Raises Failed, Gone or TimeoutError; the process has then ended."""
        try:
            reply = self._reply(within)
        except TimeoutError:
            self.stop()
            raise
        if reply["kind"] == "failed":
            self.stop()
            raise Failed(reply["error"])

    def ask(self, question: dict, within: float) -> dict:
        """The reply to one invocation: `{kind: 'answer', body}` or `{kind: 'error', error}`, both with `megabytes`. One
        that says `last` comes from a process that ends: it has ended before the reply is returned.

        Raises TimeoutError, or Gone when the process ends or holds more memory than it may; it has then ended."""
        try:
            self._channel.sendall(json.dumps(question).encode() + b"\n")
        except OSError:
            pass  # Its end is told by the listener, with the status.
        try:
            reply = self._reply(within)
        except TimeoutError:
            self.stop()
            raise
        if reply.get("last"):
            self.stop()
        return reply

    def written(self) -> str:
        with self._writing:
            text = self._written.decode(errors="replace")
            self._written.clear()
        return text

    def stop(self) -> None:
        """Ends the process and all that it started. Safe to call twice, and from another thread than the asker's."""
        self._kill()
        self._over.wait()

    def _kill(self) -> None:
        """The number is only used until the process is reaped: afterwards it may be somebody else's."""
        with self._ending:
            if self._process.returncode is None:
                try:
                    os.killpg(self.pid, signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    pass

    def _reply(self, within: float) -> dict:
        deadline = time.monotonic() + within
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            try:
                reply = self._replies.get(timeout=min(GLANCE, left))
            except queue.Empty:
                self._glance()
                continue
            if reply is None:
                self._replies.put(None)
                raise Gone(self._process.returncode, self._killed_because)
            return reply

    def _glance(self) -> None:
        if resident_megabytes(self.pid) > self.megabytes:
            self._killed_because = "signal: killed"
            self.stop()

    def _listen(self) -> None:
        """Reads what the process writes and what it replies, until it has ended. The runtime replies after all that it
        wrote has left it, so the pipe is emptied before a reply is passed on."""
        output, partial, connected = self._process.stdout.fileno(), b"", True
        os.set_blocking(output, False)
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            selector.register(self._channel, selectors.EVENT_READ)
            while connected:
                for key, _ in selector.select():
                    if key.fileobj == output:
                        if not self._drain(output):
                            selector.unregister(output)
                        continue
                    chunk = self._receive()
                    self._drain(output)
                    connected = bool(chunk)
                    *lines, partial = (partial + chunk).split(b"\n")
                    for line in lines:
                        self._replies.put(json.loads(line))
        self._reap()
        self._drain(output)
        self._channel.close()
        self._process.stdout.close()
        Worker.running.discard(self)
        self._over.set()
        self._replies.put(None)

    def _reap(self) -> None:
        """Lets the process end by itself for a moment, then ends it and whatever is left of its group."""
        deadline = time.monotonic() + 1
        while time.monotonic() < deadline:
            if os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                break
            time.sleep(0.005)
        self._kill()
        with self._ending:
            self._process.wait()

    def _receive(self) -> bytes:
        try:
            return self._channel.recv(1 << 16)
        except OSError:
            return b""

    def _drain(self, output: int) -> bool:
        """Takes in all that is there. False once nobody can write any more."""
        while True:
            try:
                chunk = os.read(output, 1 << 16)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not chunk:
                return False
            with self._writing:
                self._written += chunk
                del self._written[:-KEPT]


def stop_all() -> int:
    """Ends every environment that runs; how many there were."""
    # A copy: each takes itself out.
    workers = list(Worker.running)
    for worker in workers:
        worker.stop()
    return len(workers)
