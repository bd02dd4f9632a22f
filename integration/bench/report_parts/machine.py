# SPDX-License-Identifier: Apache-2.0
"""Where it was measured: the machine, its kernel, the versions."""
import os
import re
import subprocess

from . import figures

COMMANDS = [
    ('this project', ['git', 'describe', '--always', '--dirty']),
    ('runc', ['runc', '--version']),
    ('crun', ['crun', '--version']),
    ('gcc', ['gcc', '--version']),
    ('clang', ['clang', '--version']),
    ('hyperfine', ['hyperfine', '--version']),
]
PACKAGES = ['libc6', 'libbpf1', 'libyajl2', 'libseccomp2']


def content(path):
    try:
        with open(path, encoding='utf-8') as file:
            return file.read().strip()
    except OSError:
        return ''


def first_line(command, folder):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder)
    except (OSError, subprocess.CalledProcessError):
        return ''
    return done.stdout.splitlines()[0] if done.stdout else ''


def processor():
    found = re.search(r'^model name\s*: (.*)', content('/proc/cpuinfo'), re.M)
    return f'{found.group(1) if found else os.uname().machine}, {os.cpu_count()} processors'


def frequency():
    base = '/sys/devices/system/cpu/'
    governor = content(base + 'cpu0/cpufreq/scaling_governor')
    boost = content(base + 'cpufreq/boost')
    return ', '.join(filter(None, [governor and f'governor {governor}',
                                   boost and f'boost {"on" if boost == "1" else "off"}'])) or 'not readable'


def memory():
    found = re.search(r'^MemTotal:\s*(\d+)', content('/proc/meminfo'), re.M)
    return f'{int(found.group(1)) / 1024 ** 2:.0f} GiB' if found else ''


def packages():
    words = []
    for name in PACKAGES:
        version = first_line(['dpkg-query', '-W', '-f', '${Version}\n', name], None)
        words += [f'{name} {version}'] if version else []
    return ', '.join(words)


def section():
    top = os.path.dirname(os.path.abspath(__file__))
    hypervisor = 'hypervisor' in content('/proc/cpuinfo')
    rows = [
        ('processor', processor() + (', in a virtual machine' if hypervisor else '')),
        ('frequency', frequency()),
        ('memory', memory()),
        ('kernel', f'{os.uname().sysname} {os.uname().release} {os.uname().machine}'),
        ('BPF', f'JIT {content("/proc/sys/net/core/bpf_jit_enable")}, '
                f'hardening {content("/proc/sys/net/core/bpf_jit_harden")}'),
        ('Spectre v2', content('/sys/devices/system/cpu/vulnerabilities/spectre_v2')),
        ('load at the start', os.environ.get('LOAD', '')),
        ('taken', f'{os.environ.get("SECONDS_TAKEN", "?")} s'
                  + (' (quick: the figures mean nothing)' if os.environ.get('QUICK') == '1' else '')),
        *((name, first_line(command, top)) for name, command in COMMANDS),
        ('packages', packages()),
    ]
    return figures.table(['', ''], [[name, value] for name, value in rows if value])
