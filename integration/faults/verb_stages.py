# SPDX-License-Identifier: Apache-2.0
# The stages of `sockoptctl update`, `detach` and `gc`, on a container that runs: what is there before, and what must be
# true after a fault. Knows the host, and not which fault it was.

import collections
import json
import os

from host import CALLS, CTL, FREE, PINS, RECORDINGS, RUN_DIR, B, Broken, Container, demand, expect_in_force, tell
from stages import Stage, clean_up, leave_husk

NEXT = os.path.join(B, "next/sockoptctl")  # of another generation

# What an update is from or to: rules, and what the kernel says where they are alone in force, as host.CALLS has them.
Side = collections.namedtuple("Side", "calls seen policy")


def large_rules(call):
    """More keys than the small size class holds."""
    return [{"calls": [call], "options": [f"{300 + n}/{o}" for o in range(200)], "action": "deny"} for n in range(2)]


def side(calls, mark, kind, options, large=False):
    """Refuses SO_MARK with @mark and SO_TYPE with @kind, and two of @options which the other side lets pass."""
    denied = {"SO_MARK": mark, "SO_TYPE": kind, options[0]: mark, options[1]: kind, "SO_PRIORITY": "EPERM"}
    rules, seen = [], []
    for sets, option in CALLS:
        call = "setsockopt" if sets else "getsockopt"
        ours = call in calls and option != "SO_PRIORITY"
        seen.append(denied.get(option, "ok") if ours or option == "SO_PRIORITY" else "ok")
        if ours and option in denied:
            rules.append({"calls": [call], "options": [option], "action": "deny", "errno": denied[option]})
    return Side(calls, tuple(seen), json.dumps({"version": 1, "rules": rules + (large_rules(calls[0]) if large else [])}))


BOTH, SET_ONLY, GET_ONLY = ("setsockopt", "getsockopt"), ("setsockopt",), ("getsockopt",)


def old(calls, large=False):
    return side(calls, "EACCES", "ENOENT", ("SO_RCVLOWAT", "SO_ACCEPTCONN"), large)


def new(calls, large=False):
    return side(calls, "EXDEV", "ESRCH", ("SO_OOBINLINE", "SO_PROTOCOL"), large)


# ---- questions ----

def record_of(name):
    for key in tell(RUN_DIR):
        if key.startswith(name + "@") and key.endswith(".json"):
            with open(f"{RUN_DIR}/{key}") as f:
                return json.load(f)
    return None


def pins_of(name):
    return sorted(pin for key in tell(PINS + "/containers") if name + "@" in key for pin in tell(f"{PINS}/containers/{key}"))


def agrees(host, container, ctl=CTL):
    """Whether verify finds nothing wrong; and then list must not either."""
    verified = host.verb(["verify", container.name], check=False, ctl=ctl).returncode == 0
    listed = [e for e in json.loads(host.verb(["list", "--json"], ctl=ctl).stdout) if e["id"] == container.name]
    demand(len(listed) == 1, f"list shows {len(listed)} of it")
    demand(not verified or listed[0]["state"] == "in force", f"verify finds nothing wrong, list says {listed[0]['state']}")
    return verified


def end(host, container):
    """Of what was killed a temporary file is left, or a set of programs that is not whole, for gc."""
    container.end()
    host.hook("poststop", container)
    left = [path for path in host.traces() if "/.tmp-" not in path and "/+" not in path]
    demand(not left, f"after poststop: {left}")
    clean_up(host, False, 0)


# ---- update ----

def which(seen, a, b):
    """"old", "new", or "both": what one of them refuses is refused, and some of what the other does."""
    if seen in (a.seen, b.seen):
        return "old" if seen == a.seen else "new"
    for one, other in ((a, b), (b, a)):
        if all(s == o or s != "ok" and s == n for s, o, n in zip(seen, one.seen, other.seen)):
            return "both"
    raise Broken(f"neither the old policy nor the new one: {seen}")


def expect_whole(host, container, it, ctl):
    """Exactly @it is in force, and everything says so."""
    seen = container.sees(len(CALLS))
    demand(seen == it.seen, f"the kernel says {seen}")
    demand(len(container.attached()) == len(it.calls), f"{len(container.attached())} programs are attached")
    demand(pins_of(container.name) == sorted(it.calls), f"pinned are {pins_of(container.name)}")
    demand(record_of(container.name)["policy"] == it.policy, "the run record tells of another policy")
    demand(agrees(host, container, ctl), "verify finds something wrong")


def update_stage(a, b, ctl=CTL, fresh=False):
    def prepare(host):
        if fresh:
            host.end_all()
            host.reset()
        container = Container(host, "c", policy=a.policy)
        host.hook("createRuntime", container)
        return container

    def call(host, container, wrapper=(), check=True):
        return host.verb(["update", "--policy", "-", container.name], b.policy, wrapper, check, ctl)

    def judge(host, _stage, container, done, _n):
        host.others_are_well()
        now = which(container.sees(len(CALLS)), a, b)
        if done.returncode == 0:
            expect_whole(host, container, b, ctl)
        elif done.returncode > 0:
            if "update\" again removes" in done.stderr:
                demand(now != "old" and not agrees(host, container, ctl), f"{now} is in force, and verify finds it whole")
            else:
                demand(now != "both", "refused, and both are in force")
                expect_whole(host, container, a if now == "old" else b, ctl)
        elif agrees(host, container, ctl):
            expect_whole(host, container, a if now == "old" else b, ctl)
        call(host, container)
        expect_whole(host, container, b, ctl)
        end(host, container)
        return now

    return Stage(call, prepare, judge, bystander=not fresh)


# ---- detach and gc ----

def forget_recordings():
    for name in tell(RECORDINGS):
        os.unlink(f"{RECORDINGS}/{name}")


def in_force(mode=None):
    def prepare(host):
        forget_recordings()
        container = Container(host, "c", mode)
        host.hook("createRuntime", container)
        container.sees()
        return container
    return prepare


def detach(host, container, wrapper=(), check=True):
    return host.verb(["detach", container.name], "", wrapper, check)


def is_recorded():
    return os.path.exists(f"{RECORDINGS}/c.json")


def judge_detach(host, stage, container, done, n):
    host.others_are_well()
    gone = not container.attached() and not host.traces()
    demand(gone or done.returncode, f"detach says done, and left {host.traces()}")
    if not gone and agrees(host, container):
        expect_in_force(host, container, stage.recording)
    if not gone and n % 2:
        detach(host, container)
        gone = True
        demand(not host.traces() or done.returncode < 0, f"detached again, and left {host.traces()}")
    demand(not gone or container.sees() == FREE, f"detached, and the kernel says {container.sees()}")
    demand(not gone or not stage.recording or is_recorded(), "the recording is lost")
    end(host, container)
    demand(not stage.recording or is_recorded(), "the recording is lost at the end")
    return "gone" if gone else "left to poststop"


def leave_recording(host):
    forget_recordings()
    leave_husk(host, "c", "record")


def gc(host, _container, wrapper=(), check=True):
    return host.verb(["gc"], "", wrapper, check)


def judge_gc(host, _stage, _container, done, _n):
    host.others_are_well()
    expect_in_force(host, host.bystander, False)
    swept = not host.traces()
    demand(swept or done.returncode, f"gc says done, and left {host.traces()}")
    clean_up(host, False, 0)
    demand(is_recorded(), "the recording is lost")
    return "swept" if swept else "left to the next"


VERB_STAGES = {
    "update": update_stage(old(BOTH), new(BOTH)),
    "update-adds": update_stage(old(SET_ONLY), new(BOTH)),
    "update-drops": update_stage(old(BOTH), new(GET_ONLY)),
    "update-moves": update_stage(old(BOTH), new(BOTH, True)),
    "update-moves-calls": update_stage(old(SET_ONLY), new(GET_ONLY, True)),
    "update-loads": update_stage(old(BOTH), new(BOTH, True), fresh=True),
    "update-next-build": update_stage(old(BOTH), new(BOTH), NEXT),
    "detach": Stage(detach, in_force(), judge_detach),
    "detach-recording": Stage(detach, in_force("record"), judge_detach, recording=True),
    "gc": Stage(gc, leave_recording, judge_gc),
}
