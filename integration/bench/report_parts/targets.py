# SPDX-License-Identifier: Apache-2.0
"""The table of targets: what was to be reached, and what was."""
import os
import statistics

from . import figures

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
STATISTICS = {'min': min, 'median': statistics.median}


def slope(xs, ys):
    """Of the straight line that fits best."""
    x_mean, y_mean = statistics.fmean(xs), statistics.fmean(ys)
    return (sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys))
            / sum((x - x_mean) ** 2 for x in xs))


def of_kind(kind, own, base):
    if kind == 'value':
        return own
    return own - base if kind == 'difference' else own / base


class Row:
    """One line of the table. figure: what decides; None where something was not measured."""

    def __init__(self, line, results):
        (self.name, self.measure, self.variant, self.x, base, self.base_x, self.statistic, self.kind,
         self.target) = line.split('\t')
        self.base_measure, _, self.base = base.rpartition(':')
        self.base_measure = self.base_measure or self.measure
        self.unit = results.units.get(self.measure, '') if self.kind in ('value', 'difference') else ''
        self.figure = None
        try:
            self.compare(self.sides(results))
        except (KeyError, ZeroDivisionError, statistics.StatisticsError):
            pass

    def sides(self, results):
        """What is compared with what; a row of kind value has one side."""
        own = self.rounds(results, self.measure, self.variant, self.x)
        base = self.rounds(results, self.base_measure, self.base, self.base_x) if self.kind != 'value' else own
        return own, base

    def rounds(self, results, measure, variant, x):
        """{x: {round: value}} of the steps that this row looks at."""
        if self.kind != 'slope':
            return {x: results[measure, variant, x]}
        first, last = map(float, x.split('..'))
        return {step: results[measure, variant, step] for step in results.steps(measure, variant)
                if first <= float(step) <= last}

    def one(self, side, pick):
        """The figure of one side, where pick makes one value of the rounds of a step."""
        if self.kind == 'slope':
            return slope([float(x) for x in side], [pick(rounds) for rounds in side.values()])
        return pick(next(iter(side.values())))

    def compare(self, sides):
        own, base = sides

        def both(pick):
            return of_kind(self.kind, self.one(own, pick), self.one(base, pick))

        self.by = {name: both(lambda rounds, f=f: f(rounds.values())) for name, f in STATISTICS.items()}
        common = set.intersection(*(set(rounds) for side in sides for rounds in side.values()))
        each = [both(lambda rounds, r=r: rounds[r]) for r in sorted(common)]
        self.low, self.high = figures.spread(each or list(self.by.values()))
        self.figure = self.by[self.statistic]

    def met(self):
        if self.target == 'noise':
            return self.low <= 1
        return self.figure <= float(self.target)

    def text(self, value):
        return figures.number(value) if self.unit else f'{value:.3f}'

    def cells(self):
        target = '1.00 within noise' if self.target == 'noise' else f'{self.target} {self.unit}'.strip()
        if self.figure is None:
            return [self.name, target, 'not measured', '', '', '', '']
        text = {name: self.text(value) for name, value in self.by.items()}
        text[self.statistic] = f'**{text[self.statistic]}**'
        verdict = 'met' if self.met() else '**missed**'
        return [self.name, target, text['min'], text['median'],
                f'{self.text(self.low)} to {self.text(self.high)}', self.unit or self.kind, verdict]


def lines(name):
    """Of a table beside the report, without comments; none where there is no such table."""
    try:
        with open(os.path.join(HERE, name), encoding='utf-8') as file:
            return [line.rstrip('\n') for line in file if line.strip() and not line.startswith('#')]
    except FileNotFoundError:
        return []


def rows(results):
    return [Row(line, results) for line in lines('targets')]


def section(all_rows):
    header = ['what', 'at most', 'by minimum', 'by median', '10 % to 90 %', '', '']
    text = ('\n## Targets\n\nThe figure in bold decides.\n\n'
            + figures.table(header, [row.cells() for row in all_rows], right=range(1, 5)))
    missed = {row.name for row in all_rows if row.figure is not None and not row.met()}
    notes = [line.split('\t', 1) for line in lines('notes')]
    return text + ''.join(f'\n**{name}**: {note}\n' for name, note in notes if name in missed)
