"""From a few rows that a person judged to how likely every cell is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from mlops_widgets.data_quality.detection.cell_signs import Sign, bin_sign, level_sign, value_signs
from mlops_widgets.data_quality.detection.columns import Columns
from mlops_widgets.data_quality.detection.entities import Entities, contexts, find_entities, reporters
from mlops_widgets.data_quality.detection.suspicions import KINDS, Suspicion
from mlops_widgets.measures.conflicting_reports import Reports, gather_reports, learn_trust, wrong_reports
from mlops_widgets.measures.prior_logistic import fit_prior_logistic, logit, sigmoid

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

_LEAST = 0.01
_BELIEVED_ROWS = 200
_BELIEF = 4.0
_FOLDS = 5
_LEVELS = 20
_SHARED_RIDGE = 1.0
_OWN_RIDGE = 1.0
_VOTE_RIDGE = 0.1
_CLIP = 4.0
PV = 0.0


@dataclass(frozen=True)
class Answers:
    """What a person said of some rows.

    Parameters
    ----------
    rows
        Their positions, shape (n,).
    wrong
        Which of their cells are wrong, shape (n, columns).
    """

    rows: Integers
    wrong: Booleans


class Learner:
    """A table that is asked about again and again as answers come: what doesn't depend on them is made once."""

    def __init__(self, columns: Columns, suspicions: Sequence[Suspicion], *, seed: int = 0) -> None:
        self.columns, self.names = columns, tuple(columns.columns)
        self.kinds = {name: _kinds([s for s in suspicions if s.column == name], columns.rows) for name in self.names}
        self.prior = {name: sign.table.max(axis=1, initial=0.0)[sign.codes] for name, sign in self.kinds.items()}
        self.entities = find_entities(columns)
        rng = np.random.default_rng(seed)
        self.believed = np.sort(rng.choice(columns.rows, min(_BELIEVED_ROWS, columns.rows), replace=False))
        self.signs = {name: value_signs(column) for name, column in columns.columns.items()}
        self.absent = sum((c.missing.astype(float) for c in columns.columns.values()), np.zeros(columns.rows))
        self.doubt = sum(self.prior.values(), np.zeros(columns.rows))
        self.contexts = contexts(self.entities.sources, self.doubt)
        self.reports = {n: gather_reports(self.entities.codes[k], self.entities.codes[n],
             [self.entities.sources[s] for s in reporters(self.entities.codes[k], {s:c for s,c in self.entities.sources.items() if s not in (n, k)})]) for n, k in self.entities.key.items()}

    def context(self, name):
        absent = bin_sign(self.absent - self.columns.columns[name].missing, (0.5, 1.5, 2.5))
        doubt = bin_sign(self.doubt - self.prior[name], (0.25, 0.75, 1.5))
        return [absent, doubt]

    def shared(self, name):
        return [self.signs[name][0], self.kinds[name], *self.context(name)]

    def own(self, name):
        return [*self.shared(name), self.signs[name][1], *(level_sign(self.entities.sources[s]) for s in self.contexts if s != name)]

    def votes(self, name, answers, j):
        """(rows,) logit of vote with labels, and CV version for labelled rows"""
        r = self.reports[name]; things = self.entities.codes[self.entities.key[name]]
        y = answers.wrong[:, j]
        t = learn_trust(r, answers.rows, y)
        full = wrong_reports(r, t, answers.rows, y)
        fold = np.maximum(things[answers.rows],0) % _FOLDS
        held = np.zeros(len(y))
        for f in np.unique(fold):
            out = fold == f
            t = learn_trust(r, answers.rows[~out], y[~out])
            held[out] = wrong_reports(r, t, answers.rows[~out], y[~out])[answers.rows[out]]
        g = lambda p: np.nan_to_num(np.clip(logit(np.nan_to_num(p,nan=.5)), -_CLIP, _CLIP))
        return g(full), g(held)

    def scores(self, answers: Answers) -> dict[str, Floats]:
        rows = answers.rows
        free = self.believed[~np.isin(self.believed, rows)]
        belief = np.full(len(free), _BELIEF / max(len(free), 1))
        stack = lambda signs, at: np.hstack([s.of(at) for s in signs])
        votes = {n: self.votes(n, answers, self.names.index(n)) for n in self.reports} if len(rows) else {}
        z = np.zeros(self.columns.rows)
        X, Y, O, W = [], [], [], []
        for j, n in enumerate(self.names):
            full, held = votes.get(n, (z, z[rows]))
            sh = self.shared(n)
            X.append(np.hstack([np.vstack([stack(sh, rows), stack(sh, free)]), np.r_[held, PV*full[free]][:, None]]))
            Y.append(np.r_[answers.wrong[:, j], self.prior[n][free]]); O.append(logit(self.prior[n][np.r_[rows, free]], least=_LEAST))
            W.append(np.r_[np.ones(len(rows)), belief])
        ridge = np.r_[np.full(X[0].shape[1]-1, _SHARED_RIDGE), _VOTE_RIDGE]
        w = fit_prior_logistic(np.vstack(X), np.concatenate(Y), offset=np.concatenate(O), weights=np.concatenate(W), ridge=ridge)
        out = {}
        for j, n in enumerate(self.names):
            full, held = votes.get(n, (z, z[rows]))
            sh = self.shared(n); at = 0; lg = logit(self.prior[n], least=_LEAST) + w[-1]*full
            for s in sh:
                lg = lg + s.weighed(w[at:at+s.table.shape[1]]); at += s.table.shape[1]
            off = O[j] + X[j] @ w
            own = self.own(n)
            x = np.hstack([np.vstack([stack(own, rows), stack(own, free)]), np.r_[held, PV*full[free]][:, None]])
            v = fit_prior_logistic(x, Y[j], offset=off, weights=W[j], ridge=np.r_[np.full(x.shape[1]-1, _OWN_RIDGE), _VOTE_RIDGE])
            at = 0; lg = lg + v[-1]*full
            for s in own:
                lg = lg + s.weighed(v[at:at+s.table.shape[1]]); at += s.table.shape[1]
            p = sigmoid(lg); p[rows] = answers.wrong[:, j]
            out[n] = p if len(rows) else self.prior[n]
        return out


def _kinds(suspicions, rows):
    conf = {}
    for s in suspicions:
        a = conf.setdefault(s.kind, np.zeros(rows)); np.maximum.at(a, s.rows, s.confidence)
    names = list(KINDS)
    codes = np.zeros(rows, dtype=np.int64); 
    lines = np.zeros((1, len(names)))
    for k, a in conf.items():
        lev = np.rint(a*_LEVELS).astype(np.int64)
        u, codes = np.unique(codes*(_LEVELS+1)+lev, return_inverse=True)
        new = lines[u//(_LEVELS+1)].copy(); new[:, names.index(k)] = (u % (_LEVELS+1))/_LEVELS
        lines = new
    return Sign(codes, lines)
