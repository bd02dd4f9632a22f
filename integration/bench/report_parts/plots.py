# SPDX-License-Identifier: Apache-2.0
"""The plots: each a script for gnuplot and its data, from the minima over the rounds."""
import os
import statistics
import subprocess

LINES = [
    # file, title, x axis, y axis, base of a logarithmic x or 0, [(measure, variant, title)]
    ('call-by-rules.svg', 'One call, by the number of rules', 'rules', 'ns', 2, [
        ('rules-clamp', 'ours', 'SO_RCVBUF, clamped'), ('rules-clamp', 'empty', 'SO_RCVBUF, empty program'),
        ('rules-unmatched', 'ours', 'SO_PRIORITY, no rule'), ('rules-unmatched', 'empty', 'SO_PRIORITY, empty program'),
        ('rules-unmatched', 'none', 'SO_PRIORITY, no program')]),
    ('call-by-parents.svg', 'One call, by the number of cgroups with a program', 'cgroups, one in the other', 'ns', 0, [
        ('parents-clamp', 'ours', 'SO_RCVBUF, clamped by each'), ('parents-clamp', 'empty', 'SO_RCVBUF, empty programs'),
        ('parents', 'ours', 'SO_PRIORITY, no rule'), ('parents', 'empty', 'SO_PRIORITY, empty programs')]),
    ('attach-by-live.svg', 'The hook at createRuntime, by live containers', 'live containers', 'ms', 10, [
        ('live-attach', 'ours', 'the hook'), ('live-attach', 'noop', 'a program that does nothing')]),
]
STARTS = ('start-by-runtime.svg', 'A whole run of a container whose command is true', ['run-runc', 'run-crun'],
          {'none': 'no hooks', 'noop': 'two hooks that do nothing', 'ours': 'our two hooks'})
# A colour for each measure of a plot, a dash for each variant.
DASHES = {'ours': 1, 'empty': 2}
COLOURS = ['#7b3294', '#008837', '#888888']
HEAD = """set terminal svg dashed size 800,480 font "sans-serif,13" background rgb "white"
set output "{file}"
set title "{title}"
set yrange [0:*]
set grid ytics lc rgb "#dddddd"
set key below vertical maxrows 3
"""


def points(results, measure, variant):
    """(x, minimum) by x; what has no x goes along the whole axis."""
    steps = results.steps(measure, variant)
    found = [(float(x), min(results.values(measure, variant, x))) for x in steps]
    if len(found) != 1:
        return found
    xs = sorted({float(x) for m, _, x in results if m == measure and float(x) > 0})
    return [(x, found[0][1]) for x in xs]


def block(name, rows):
    return f'${name} << EOD\n' + ''.join(' '.join(map(str, row)) + '\n' for row in rows) + 'EOD\n'


def line_script(results, plot):
    file, title, x_axis, y_axis, base, curves = plot
    blocks, parts = '', []
    measures = list(dict.fromkeys(measure for measure, _, _ in curves))
    for i, (measure, variant, name) in enumerate(curves):
        rows = points(results, measure, variant)
        if not rows:
            continue
        blocks += block(f'd{i}', rows)
        style = f'lc rgb "{COLOURS[measures.index(measure)]}" dt {DASHES.get(variant, 3)}'
        parts.append(f'$d{i} using 1:2 with linespoints lw 2 pt 7 ps 0.5 {style} title "{name}"')
    if not parts:
        return None
    axes = f'set xlabel "{x_axis}"\nset ylabel "{y_axis}"\n' + (f'set logscale x {base}\n' if base else '')
    return HEAD.format(file=file, title=title) + axes + blocks + 'plot ' + ', \\\n  '.join(parts) + '\n'


def start_script(results):
    """A group of bars for each runtime, in it a bar for each way to start: the medians."""
    file, title, measures, names = STARTS
    variants = [v for v in names if any(v in results.variants(m) for m in measures)]
    if not variants:
        return None
    rows = []
    for measure in measures:
        medians = [statistics.median(results.values(measure, v, '0') or [0]) for v in variants]
        rows.append([measure.split('-', 1)[1], *medians])
    style = ('set key below\nset ylabel "ms"\nset style data histogram\nset style histogram cluster gap 1\n'
             'set style fill solid 0.8 border -1\n')
    parts = [f'$d using {i}{":xtic(1)" if i == 2 else ""} title "{names[v]}"'
             for i, v in enumerate(variants, 2)]
    return HEAD.format(file=file, title=title) + style + block('d', rows) + 'plot ' + ', '.join(parts) + '\n'


def draw(folder, results):
    """Returns (file, title) of the plots that there are figures for."""
    scripts = [(plot[0], plot[1], line_script(results, plot)) for plot in LINES]
    scripts.append((*STARTS[:2], start_script(results)))
    drawn = []
    for file, title, script in scripts:
        if script:
            subprocess.run(['gnuplot'], input=script, text=True, check=True, cwd=folder)
            drawn.append((file, title))
        elif os.path.exists(os.path.join(folder, file)):
            os.unlink(os.path.join(folder, file))
    return drawn


def section(drawn):
    return '\n## Plots\n' + ''.join(f'\n![{title}]({file})\n' for file, title in drawn) if drawn else ''
