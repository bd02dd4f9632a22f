# SPDX-License-Identifier: Apache-2.0
# A host with containers that are one process in one cgroup each, and the questions that are asked of it after a fault:
# what does the kernel enforce, what is left. Runs in integration/lib/sandbox; knows nothing of which fault it was.

import ctypes
import errno
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import time

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "../.."))
B = os.environ.get("B") or os.path.join(TOP, "build")
HOOK, CTL, HOSTPROG = (os.path.join(B, name) for name in ("oci-sockopt-hook", "sockoptctl", "hostprog"))
PINS = "/sys/fs/bpf/oci-sockopt-hook"
RUN_DIR = "/run/oci-sockopt-hook"
RECORDINGS = "/var/lib/oci-sockopt-hook/recordings"

GET, SET = 21, 22  # enum bpf_attach_type
PROG_QUERY, QUERY_EFFECTIVE = 16, 1
SYS_BPF = {"x86_64": 321, "aarch64": 280}[platform.machine()]
libc = ctypes.CDLL(None, use_errno=True)

POLICY = json.dumps({"version": 1, "rules": [
    {"id": "mark", "calls": ["setsockopt"], "options": ["SO_MARK"], "action": "deny", "errno": "EACCES"},
    {"id": "type", "calls": ["getsockopt"], "options": ["SO_TYPE"], "action": "deny", "errno": "ENOENT"}]})
# What a container's process is told by the kernel, in this order: setsockopt SO_MARK, getsockopt SO_TYPE, and
# setsockopt SO_PRIORITY, which the host's program on the parent refuses; then what only one of two policies refuses:
# setsockopt SO_RCVLOWAT and SO_OOBINLINE, getsockopt SO_ACCEPTCONN and SO_PROTOCOL.
ENFORCED, FREE = ("EACCES", "ENOENT", "EPERM"), ("ok", "ok", "EPERM")
CALLS = ((True, "SO_MARK"), (False, "SO_TYPE"), (True, "SO_PRIORITY"), (True, "SO_RCVLOWAT"), (True, "SO_OOBINLINE"),
         (False, "SO_ACCEPTCONN"), (False, "SO_PROTOCOL"))
SHORT = 3  # that most look at


class Broken(Exception):
    """What must never be."""


def demand(condition, text):
    if not condition:
        raise Broken(text)


def wait_until(true, text):
    for _ in range(1000):
        if true():
            return
        time.sleep(0.005)
    raise Broken(f"waited in vain until {text}")


def programs_at(folder, kind, effective=False):
    """The ids of the programs that are attached to (effective: that run for) the cgroup."""
    ids = (ctypes.c_uint32 * 128)()
    attr = ctypes.create_string_buffer(1024)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    ctypes.memmove(attr, b"".join(n.to_bytes(4, "little") for n in (fd, kind, QUERY_EFFECTIVE if effective else 0, 0)), 16)
    ctypes.memmove(ctypes.addressof(attr) + 16, ctypes.addressof(ids).to_bytes(8, "little"), 8)
    ctypes.memmove(ctypes.addressof(attr) + 24, (128).to_bytes(4, "little"), 4)
    r = libc.syscall(SYS_BPF, PROG_QUERY, attr, 1024)
    os.close(fd)
    if r:
        raise OSError(ctypes.get_errno(), "BPF_PROG_QUERY " + folder)
    return list(ids[:int.from_bytes(attr.raw[24:28], "little")])


def told(call):
    try:
        call()
        return "ok"
    except OSError as e:
        return errno.errorcode[e.errno]


def ask(s, sets, option):
    number = getattr(socket, option)
    return told(lambda: s.setsockopt(socket.SOL_SOCKET, number, 1) if sets else s.getsockopt(socket.SOL_SOCKET, number))


def answer_for_ever(asked, answers):
    while n := os.read(asked, 1):
        s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        words = [ask(s, *call) for call in CALLS[:n[0]]]
        s.close()
        os.write(answers, " ".join(words).encode())
    os._exit(0)


class Container:
    def __init__(self, host, name, mode=None, policy=POLICY):
        self.host, self.name, self.bundle = host, name, os.path.join(host.work, name)
        host.serial += 1
        self.folder = f"{host.folder}/{name}.{host.serial}"
        os.mkdir(self.folder)
        os.makedirs(self.bundle, exist_ok=True)
        with open(self.bundle + "/config.json", "w") as f:
            f.write("{}")
        (asked, self.ask), (self.answers, answers) = os.pipe(), os.pipe()
        self.pid = os.fork()
        if not self.pid:
            with open(self.folder + "/cgroup.procs", "w") as f:
                f.write(str(os.getpid()))
            os.close(self.ask)
            answer_for_ever(asked, answers)
        os.close(asked)
        os.close(answers)
        annotations = {"policy.sockopt.oci": policy} if not mode else {"mode.sockopt.oci": mode}
        self.state = {"ociVersion": "1.0.2", "id": name, "status": "creating", "pid": self.pid,
                      "bundle": self.bundle, "annotations": annotations}
        host.live.append(self)
        self.sees()

    def sees(self, calls=SHORT):
        os.write(self.ask, bytes([calls]))
        return tuple(os.read(self.answers, 100).decode().split())

    def attached(self):
        return programs_at(self.folder, SET) + programs_at(self.folder, GET)

    def end(self):
        """The process dies and the cgroup goes, as a runtime does before poststop."""
        self.host.live.remove(self)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.ask)
        os.close(self.answers)
        for _ in range(500):
            try:
                os.rmdir(self.folder)
                break
            except OSError:
                time.sleep(0.002)
        self.state = dict(self.state, status="stopped", pid=0)


class Host:
    def __init__(self, work):
        self.work, self.serial, self.live = work, 0, []
        self.folder = os.environ["CGROUP_MOUNT"] + os.environ["TEST_CGROUP"] + "/faults"
        self.caller = os.environ["CGROUP_MOUNT"] + os.environ["TEST_CGROUP"] + "/caller"
        os.makedirs(self.folder, exist_ok=True)
        self.parent = int(self.run([HOSTPROG, "attach", self.folder, "set", "multi", "deny", "1", "12"]).stdout)
        self.bystander = None
        self.reset()

    def run(self, words, text="", check=True):
        done = subprocess.run(words, input=text, capture_output=True, text=True, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        demand(not check or done.returncode == 0, f"{' '.join(words)}: status {done.returncode}: {done.stderr}")
        return done

    def hook(self, stage, container, wrapper=(), check=True):
        return self.run([*wrapper, HOOK, stage], json.dumps(container.state), check)

    def start_bystander(self):
        self.bystander = Container(self, "bystander")
        self.hook("createRuntime", self.bystander)

    def wait_for_husk(self, name):
        """The kernel lets go of a cgroup, and with it of its links, some time after it was removed."""
        pins = [f"{PINS}/containers/{key}/setsockopt" for key in tell(PINS + "/containers") if key.startswith(name + "@")]
        for _ in range(500):
            if all('"cgroup_id":0,' in self.run(["bpftool", "-j", "link", "show", "pinned", pin]).stdout for pin in pins):
                return
            time.sleep(0.005)
        raise Broken(f"the kernel does not let go of the cgroup of {name}")

    def edit_record(self, name, **fields):
        for key in tell(RUN_DIR):
            if key.startswith(name + "@"):
                with open(f"{RUN_DIR}/{key}", "r+") as f:
                    record = dict(json.load(f), **fields)
                    f.seek(0)
                    f.truncate()
                    json.dump(record, f)

    def damage_record(self, name):
        for key in tell(RUN_DIR):
            if key.startswith(name + "@"):
                os.truncate(f"{RUN_DIR}/{key}", 20)

    def verb(self, words, text="", wrapper=(), check=True, ctl=CTL):
        return self.run([*wrapper, ctl, *words], text, check)

    def gc(self):
        self.verb(["gc"])

    def reset(self):
        """As after boot: nothing pinned, nothing in /run."""
        shutil.rmtree(PINS, ignore_errors=True)
        shutil.rmtree(RUN_DIR, ignore_errors=True)
        shutil.rmtree(RECORDINGS, ignore_errors=True)

    def others_are_well(self):
        demand(self.parent in programs_at(self.folder, SET), "the host's program is gone from the parent")
        if self.bystander:
            demand(self.bystander.sees() == ENFORCED, f"the bystander sees {self.bystander.sees()}")
            demand(any(n.startswith("bystander@") for n in os.listdir(RUN_DIR)), "the bystander's run record is gone")
            demand(any(n.startswith("bystander@") for n in os.listdir(PINS + "/containers")), "the bystander's pins are gone")

    def traces(self):
        """What is not the bystander's and not a whole set of programs."""
        found = []
        for folder in (PINS + "/containers", RUN_DIR, RECORDINGS):
            found += [f"{folder}/{n}" for n in tell(folder) if not n.startswith("bystander@") and not is_recording(n)]
        for generation in tell(PINS):
            if generation.startswith("g"):
                found += [f"{PINS}/{generation}/{n}" for n in tell(f"{PINS}/{generation}") if n.startswith("+")]
        return found

    def probes(self):
        """Cgroups that a hook made for a probe, in the cgroup that it was called in."""
        return [n for n in os.listdir(self.caller) if n.startswith("oci-sockopt-hook-")]

    def end_all(self):
        for container in list(self.live):
            container.end()
        self.bystander = None

    def bpf(self, what):
        """What the kernel has of "prog", "map" or "link", on the whole machine."""
        return json.loads(self.run(["bpftool", "-j", what, "show"]).stdout)

    def close(self):
        self.end_all()
        self.run([HOSTPROG, "detach", self.folder, "set", str(self.parent)], check=False)
        self.reset()


def tell(folder):
    return os.listdir(folder) if os.path.isdir(folder) else []


def expect_in_force(host, container, recording, verify=True):
    seen = container.sees()
    demand(seen == (FREE if recording else ENFORCED), f"started, and the kernel says {seen}")
    demand(len(container.attached()) == 2, f"started, and {len(container.attached())} programs are attached")
    if verify and not recording:
        host.run([CTL, "verify", container.name])


def is_recording(name):
    return name.endswith((".json", ".json.old")) and "@" not in name
