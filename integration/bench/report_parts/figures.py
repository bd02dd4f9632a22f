# SPDX-License-Identifier: Apache-2.0
"""The figures of a run: read from its CSV, summed up, listed."""
import csv
import statistics

UNITS = ('ns', 'us', 'ms', 'KiB')


class Results(dict):
    """(measure, variant, x) -> {round: value}; x is text, as in the CSV."""

    def __init__(self):
        super().__init__()
        self.units = {}

    def values(self, measure, variant, x):
        return list(self.get((measure, variant, x), {}).values())

    def variants(self, measure):
        """In the order in which they were measured."""
        return list(dict.fromkeys(v for m, v, _ in self if m == measure))

    def steps(self, measure, variant):
        return sorted((x for m, v, x in self if (m, v) == (measure, variant)), key=float)


def read(path):
    results = Results()
    with open(path, encoding='utf-8', newline='') as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            try:
                key = row['measure'], row['variant'], row['x']
                results.setdefault(key, {})[int(row['round'])] = float(row['value'])
                results.units[row['measure']] = row['unit']
            except (TypeError, ValueError) as error:
                raise SystemExit(f'{path}:{number}: {error}: {row}') from None
    return results


def quantile(values, part):
    """The value below which that part of the values lies, the nearest two mixed."""
    ordered = sorted(values)
    place = part * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def spread(values):
    return quantile(values, 0.1), quantile(values, 0.9)


def number(value):
    """With as many digits as say something."""
    if abs(value) >= 100:
        return f'{value:.0f}'
    return f'{value:.1f}' if abs(value) >= 10 else f'{value:.2f}'


def table(header, rows, right=()):
    """A Markdown table; right: the columns that are set to the right."""
    rule = ['---:' if i in right else '---' for i in range(len(header))]
    return ''.join('| ' + ' | '.join(row) + ' |\n' for row in [header, rule, *rows])


HEADER = ['measure', 'variant', 'x', 'minimum', 'median', '10 % to 90 %', 'unit', 'rounds']


def write(path, results):
    """The same as section() says, for programs: of results.csv, what is worth keeping."""
    with open(path, 'w', encoding='utf-8', newline='') as file:
        out = csv.writer(file, lineterminator='\n')
        out.writerow(['measure', 'variant', 'x', 'minimum', 'median', 'low', 'high', 'unit', 'rounds'])
        for (measure, variant, x), rounds in results.items():
            values = list(rounds.values())
            sums = min(values), statistics.median(values), *spread(values)
            out.writerow([measure, variant, x, *(f'{value:.6g}' for value in sums), results.units[measure], len(values)])


def section(results):
    rows = []
    for (measure, variant, x), rounds in results.items():
        if results.units[measure] not in UNITS:
            continue
        values = list(rounds.values())
        low, high = spread(values)
        rows.append([measure, variant, x, number(min(values)), number(statistics.median(values)),
                     f'{number(low)} to {number(high)}', results.units[measure], str(len(values))])
    return '\n## All figures\n\n' + table(HEADER, rows, right=range(2, 6))
