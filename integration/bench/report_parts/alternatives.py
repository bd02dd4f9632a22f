# SPDX-License-Identifier: Apache-2.0
"""What else one could use: the times beside what each can and cannot do."""
from . import figures, targets

TIMES = [
    ('alternatives-unmatched', 'call that it has no rule for'),
    ('alternatives-checked', 'call that it checks and lets pass'),
    ('alternatives-clamp', 'call whose value it changes'),
    ('alternatives-deny', 'call that it refuses'),
    ('alternatives-other', 'system call that is no socket option'),
    ('alternatives-start', 'putting it in force for one container'),
    ('alternatives-race', 'forbidden values that a second thread brought through'),
    ('alternatives-race-long', 'the same, with a length beyond a page'),
]


class Facts:
    """The table `alternatives`: "@ property title", "& variant title", then "property variant answer note source"."""

    def __init__(self):
        self.properties, self.variants, self.answers = {}, {}, {}
        for line in targets.lines('alternatives'):
            words = line.split('\t')
            if words[0].startswith('@'):
                self.properties[words[0].lstrip('@ ') or words[1]] = words[-1]
            elif words[0].startswith('&'):
                self.variants[words[0].lstrip('& ') or words[1]] = words[-1]
            else:
                self.answers[words[0], words[1]] = words[2:]


def time_cell(results, measure, variant):
    values = results.values(measure, variant, '0')
    if not values:
        return '-'
    unit = results.units[measure]
    least = min(values)
    return f'{least:.0f} {unit}' if unit.startswith('of ') else f'{figures.number(least)} {unit}'


def times(results, facts):
    rows = []
    for measure, title in TIMES:
        if results.variants(measure):
            rows.append([title, *(time_cell(results, measure, variant) for variant in facts.variants)])
    return figures.table(['minimum over the rounds', *facts.variants.values()], rows,
                         right=range(1, len(facts.variants) + 1)) if rows else ''


def abilities(facts):
    notes, rows = [], []
    variants = [name for name in facts.variants if any(name == variant for _, variant in facts.answers)]
    for name, title in facts.properties.items():
        row = [title]
        for variant in variants:
            answer, note, source = facts.answers.get((name, variant), ['-', '-', '-'])
            mark = note if source in ('run', '-') else f'{note} ({source})'
            if note != '-':
                if mark not in notes:
                    notes.append(mark)
                answer += f' <sup>{notes.index(mark) + 1}</sup>'
            row.append(answer)
        rows.append(row)
    text = figures.table(['', *(facts.variants[name] for name in variants)], rows)
    return text + '\n' + ''.join(f'{i}. {note}\n' for i, note in enumerate(notes, 1))


def section(results):
    facts = Facts()
    if not facts.variants:
        return ''
    return '\n## Against what else one could use\n\n' + times(results, facts) + '\n' + abilities(facts)
