"""Words that mean the opposite of each other, and so words that mean the same. Pure."""

from __future__ import annotations

from assistant.text.words import parts, stem

_OPPOSITES = (
    ("increase increases increased increasing raise raises raised", "decrease decreases decreased decreasing reduce reduces reduced reducing lowers lower drops"),
    ("outperform outperforms outperformed outperforming surpass surpasses surpassing exceeds exceeding beats",
     "underperform underperforms underperforming trails lags falls short worse inferior"),
    ("improve improves improved improving improvement boost boosts enhance enhances", "degrade degrades degraded degrading worsen worsens hurt hurts harms deteriorates"),
    ("higher better superior", "lower worse inferior"),
    ("larger bigger large", "smaller small tiny"),
    ("more", "fewer less"),
    ("faster fast accelerates", "slower slow slows"),
    ("longer long", "shorter short"),
    ("strong stronger strongest", "weak weaker weakest"),
    ("best", "worst"),
    ("high", "low"),
    ("supervised", "unsupervised self-supervised"),
    ("labeled labelled annotated", "unlabeled unlabelled unannotated"),
    ("paired", "unpaired"),
    ("frozen freezes freezing", "unfrozen trainable fine-tuned"),
    ("expensive costly", "cheap inexpensive"),
    ("efficient", "inefficient"),
    ("public publicly open", "private closed proprietary"),
    ("available", "unavailable"),
    ("necessary needed required requires require requiring", "unnecessary needless"),
    ("sufficient", "insufficient"),
    ("robust", "fragile brittle"),
    ("positive", "negative"),
    ("static", "dynamic"),
    ("local", "global"),
    ("simple", "complex complicated"),
    ("scarce limited", "abundant plentiful unlimited"),
    ("succeeds", "fails"),
    ("single", "multiple several"),
    ("monolingual monolingually", "multilingual multilingually bilingual cross-lingual"),
    ("synthetic synthesized artificial", "natural real human-written hand-written handwritten"),
    ("preserves preserve preserving retains keeps", "changes alters modifies breaks discards"),
    ("shallow", "deep"),
    ("explicit explicitly", "implicit implicitly"),
    ("online", "offline"),
    ("stable", "unstable"),
    ("consistent consistently", "inconsistent"),
    ("similar", "dissimilar"),
    ("linear", "nonlinear quadratic"),
    ("in-domain", "out-of-domain"),
    ("in-distribution", "out-of-distribution"),
    ("homogeneous", "heterogeneous"),
    ("balanced", "imbalanced"),
    ("early", "late"),
    ("cheaper", "costlier"),
    ("easy easier", "difficult harder"),
    ("always", "rarely seldom"),
    ("curated", "uncurated"),
    ("minimize minimizes minimizing minimise minimises", "maximize maximizes maximizing maximise maximises"),
    ("open-source open-sourced", "closed-source"),
    ("manual human manually", "automatic automatically"),
    ("soft", "hard one-hot"),
    ("pretrained pre-trained", "randomly random"),
    ("frozen", "jointly"),
    ("maintaining maintain preserves preserving retains", "destroys destroy sacrificing loses losing"),
    ("expedites speeds accelerates", "slows delays"),
    ("noisy", "clean"),
    ("rely relies", "abandoned abandon avoid"),
    ("improvement gain gains better", "worse drop loss decline"),
    ("seen", "unseen"),
    ("known", "unknown"),
)  # fmt: skip


def _table() -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for one, other in _OPPOSITES:
        left, right = frozenset(one.split()), frozenset(other.split())
        for word in left:
            table[word] = table.get(word, frozenset()) | right
        for word in right:
            table[word] = table.get(word, frozenset()) | left
    return table


OPPOSITES = _table()


def _same() -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for pair in _OPPOSITES:
        for side in pair:
            stems = frozenset(stem("".join(parts(word))) for word in side.split())
            for one in stems:
                table[one] = table.get(one, frozenset()) | stems
    return table


SAME = _same()
"""Stems that say the same as a stem, among the words that have an opposite."""
