# SPDX-License-Identifier: Apache-2.0
# The hook's stages: what is there before it is called, and what must be true afterwards. Knows the host, and not which
# fault it was.

import collections
import os
import time

from host import RECORDINGS, Container, demand, expect_in_force

PATIENCE = 5  # seconds


# ---- stages: what is there before the hook is called ----

def cold(host):
    host.reset()
    return Container(host, "c")


def cold_record(host):
    host.reset()
    return Container(host, "c", "record")


def warm(host):
    return Container(host, "c")


def leave_husk(host, name, mode=None):
    dead = Container(host, name, mode)
    host.hook("createRuntime", dead)
    dead.end()
    host.wait_for_husk(name)


def loaded(host):
    container = cold(host)
    host.hook("createRuntime", container)
    return container


def sweep(host):
    leave_husk(host, "husk")
    leave_husk(host, "c")
    return Container(host, "c")


def again(host):
    container = Container(host, "c")
    host.hook("prestart", container)
    return container


def ended(host, mode=None):
    container = Container(host, "c", mode)
    host.hook("createRuntime", container)
    container.sees()
    container.end()
    return container


def late(host):
    """A poststop by a runtime that began before the policy was made, which it did not make: its container is another."""
    container = Container(host, "c")
    host.hook("createRuntime", container)
    host.edit_record("c", maker=1, madeAt=2**50)
    container.state = dict(container.state, status="stopped", pid=0)
    return container


def unrecorded(host):
    """The same, and the record that would tell it cannot be read."""
    container = late(host)
    host.damage_record("c")
    return container


def ended_recording(host):
    for name in ("c.json", "c.json.old"):
        if os.path.exists(f"{RECORDINGS}/{name}"):
            os.unlink(f"{RECORDINGS}/{name}")
    return ended(host, "record")


def record(host):
    return Container(host, "c", "record")


# call(host, container, wrapper, check) is what faults come to; judge(host, stage, container, done, n) says what came of
# the nth of them, or raises Broken.
Stage = collections.namedtuple("Stage", "call prepare judge bystander recording", defaults=(True, False))


# ---- what must be true afterwards ----

def finish(host, container):
    container.end()
    host.hook("poststop", container)
    left = [path for path in host.traces() if "/husk@" not in path]
    demand(not left, f"after poststop: {left}")


def expect_next(host, recording):
    """The id can be used again, and then nothing of the earlier one is left."""
    fresh = Container(host, "c", "record" if recording else None)
    host.hook("createRuntime", fresh)
    expect_in_force(host, fresh, recording)
    fresh.end()
    host.hook("poststop", fresh)


def clean_up(host, recording, n):
    if not host.traces() and not host.probes():
        return ""
    # By turns: the next start comes first, or gc alone.
    if n % 2:
        expect_next(host, recording)
    # The kernel lets go of a cgroup, and with it of its links, some time after it was removed.
    until = time.monotonic() + PATIENCE
    while host.traces() and time.monotonic() < until:
        host.gc()
    demand(not host.traces(), f"gc does not sweep: {host.traces()}")
    expect_next(host, recording)
    return "swept"


def judge_create(host, stage, container, done, n):
    status = done.returncode
    host.others_are_well()
    seen = container.sees()
    demand(seen[2] == "EPERM", f"the host's program decides no more: {seen}")
    if status == 0:
        expect_in_force(host, container, stage.recording)
        finish(host, container)
        clean_up(host, stage.recording, 0)
        return "in force"
    # An error is undone by the hook itself, but for what an earlier call put in force.
    if status > 0 and stage.prepare is not again:
        demand(not container.attached(), "refused with programs attached")
    container.end()
    if n % 3 == 0:  # runc calls poststop for a container that was refused, crun does not
        host.hook("poststop", container)
    return clean_up(host, stage.recording, n) or "no trace"


def judge_late(host, stage, container, n):
    """The container lives on, whatever comes of the call."""
    expect_in_force(host, container, False, stage.prepare is late and n % 10 == 0)
    finish(host, container)
    return "in force"


def judge_stop(host, stage, container, done, n):
    host.others_are_well()
    if stage.prepare in (late, unrecorded):
        return judge_late(host, stage, container, n)
    aloud = done.returncode != 0 or "its policy stays" in done.stderr
    demand(aloud or not host.traces(), f"poststop says done, and left {host.traces()}")
    came = clean_up(host, False, n) or "no trace"
    demand(not stage.recording or os.path.exists(f"{RECORDINGS}/c.json"), "the recording is lost")
    return came


def hook_stage(name, prepare, bystander, recording=False):
    def call(host, container, wrapper=(), check=True):
        return host.hook(name, container, wrapper, check)
    return Stage(call, prepare, judge_stop if name == "poststop" else judge_create, bystander, recording)


HOOK_STAGES = {
    "first-load": hook_stage("createRuntime", cold, False),
    "first-load-record": hook_stage("createRuntime", cold_record, False, True),
    "create": hook_stage("createRuntime", warm, True),
    "create-and-sweep": hook_stage("createRuntime", sweep, True),
    "create-after-prestart": hook_stage("createRuntime", again, True),
    "record": hook_stage("createRuntime", record, True, True),
    "poststop": hook_stage("poststop", ended, True),
    "poststop-late": hook_stage("poststop", late, True),
    "poststop-unrecorded": hook_stage("poststop", unrecorded, True),
    "poststop-recording": hook_stage("poststop", ended_recording, True, True),
}
