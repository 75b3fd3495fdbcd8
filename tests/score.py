#!/usr/bin/env python3
"""Score a JSONL of answers (the product's `batch` output) against gold questions.

usage: score.py GOLD_DIR ANSWERS_DIR CORPUS.jsonl [--json]
GOLD_DIR/<family>.jsonl and ANSWERS_DIR/<family>.jsonl, family = known_item facts lists compare summaries unanswerable chats.
CORPUS.jsonl: id,title,abstract (p001..). Papers in answers are matched by title.
"""

import json, re, sys, statistics as st
from pathlib import Path


def norm(t):
    t = re.sub(r"x2014", " ", t.lower()).replace("\u00d7", "times").replace("\u2014", " ")
    return re.sub(r"[^a-z0-9]+", "", t)


def load(p):
    return [json.loads(l) for l in open(p) if l.strip()]


def mean(xs):
    return round(st.mean(xs), 4) if xs else None


def main(gold, ans, corpus):
    C = {c["id"]: c for c in load(corpus)}
    by_title = {norm(c["title"]): i for i, c in C.items()}
    pid = lambda x: by_title.get(norm(x.get("title", "")), "?" + x.get("title", ""))
    out, seconds, integ = (
        {},
        [],
        dict(
            quotes=0,
            bad_quotes=0,
            citations=0,
            unknown_papers=0,
            dangling_markers=0,
            uncited_entries=0,
            no_link=0,
            uncited_answers=0,
        ),
    )

    def check(a):
        seconds.append(a.get("seconds") or 0)
        nums = {c["number"] for c in a["citations"]}
        marks = {int(n) for n in re.findall(r"\[(\d+)\]", re.sub(r"\]\([^)]*\)", "]", a["text"]))}
        integ["dangling_markers"] += len(marks - nums)
        integ["uncited_entries"] += len(nums - marks)
        integ["uncited_answers"] += not a["abstained"] and not nums
        for c in a["citations"]:
            integ["citations"] += 1
            p = pid(c)
            integ["unknown_papers"] += p not in C
            integ["no_link"] += not str(c.get("url") or "").startswith("http")
            for q in c.get("quotes", []):
                integ["quotes"] += 1
                if p in C and norm(q["text"]) not in norm(C[p]["abstract"]) and norm(q["text"]) not in norm(C[p]["title"]):
                    integ["bad_quotes"] += 1

    def answers(fam):
        A = {}
        for a in load(Path(ans) / f"{fam}.jsonl"):
            check(a)
            A[(a["id"], a.get("turn", 1))] = a
        return A

    def ranked(a):
        return [pid(r) for r in a["retrieved"]]

    def cited(a):
        return {pid(c) for c in a["citations"]}

    for fam in ("known_item", "facts"):
        if not (Path(ans) / f"{fam}.jsonl").exists():
            continue
        A = answers(fam)
        r1, r5, r10, mrr, ci, first, ab, hit, clen = [], [], [], [], [], [], [], [], []
        for g in load(Path(gold) / f"{fam}.jsonl"):
            a = A[(g["id"], 1)]
            rel = set(g["relevant"])
            rk = ranked(a)
            pos = min([rk.index(x) for x in rel if x in rk], default=10**6)
            r1.append(pos < 1)
            r5.append(pos < 5)
            r10.append(pos < 10)
            mrr.append(1 / (pos + 1))
            ci.append(bool(rel & cited(a)))
            ab.append(a["abstained"])
            clen.append(len(cited(a)))
            if fam == "facts":
                hit.append(any(s.lower() in a["text"].lower() for s in g["answer"]))
        out[fam] = dict(
            n=len(r1),
            r1=mean(r1),
            r5=mean(r5),
            r10=mean(r10),
            mrr=mean(mrr),
            cited=mean(ci),
            false_abstain=mean(ab),
            papers_cited=mean(clen),
        )
        if hit:
            out[fam]["answer_in_text"] = mean(hit)
    if (Path(ans) / "lists.jsonl").exists():
        A = answers("lists")
        P, R, F, R20, AP = [], [], [], [], []
        for g in load(Path(gold) / "lists.jsonl"):
            a = A[(g["id"], 1)]
            rel = set(g["relevant"])
            part = set(g.get("partial", []))
            c = cited(a)
            tp = len(c & rel)
            fp = len(c - rel - part)
            p = tp / (tp + fp) if tp + fp else 0
            r = tp / len(rel)
            P.append(p)
            R.append(r)
            F.append(2 * p * r / (p + r) if p + r else 0)
            rk = ranked(a)
            R20.append(len(rel & set(rk[:20])) / len(rel))
            h = ap = 0
            for k, x in enumerate(rk):
                if x in rel:
                    h += 1
                    ap += h / (k + 1)
            AP.append(ap / len(rel))
        out["lists"] = dict(n=len(P), precision=mean(P), recall=mean(R), f1=mean(F), recall20=mean(R20), map=mean(AP))
    if (Path(ans) / "compare.jsonl").exists():
        A = answers("compare")
        both, pts, cp = [], [], []
        for g in load(Path(gold) / "compare.jsonl"):
            a = A[(g["id"], 1)]
            rel = set(g["relevant"])
            c = cited(a)
            both.append(rel <= c)
            cp.append(len(c & rel) / len(c) if c else 0)
            for p in g["points"]:
                pts.append(any(m.lower() in a["text"].lower() for m in p["must"]))
        out["compare"] = dict(n=len(both), all_sides_cited=mean(both), points=mean(pts), cite_precision=mean(cp))
    if (Path(ans) / "summaries.jsonl").exists():
        A = answers("summaries")
        mc, rc, pr = [], [], []
        for g in load(Path(gold) / "summaries.jsonl"):
            a = A[(g["id"], 1)]
            c = cited(a)
            rel = set(g["relevant"])
            mc.append(len(c & set(g["must_cite"])) / len(g["must_cite"]))
            rc.append(len(c & rel) / len(rel))
            pr.append(len(c & rel) / len(c) if c else 0)
        out["summaries"] = dict(n=len(mc), must_cite=mean(mc), recall=mean(rc), precision=mean(pr))
    if (Path(ans) / "unanswerable.jsonl").exists():
        A = answers("unanswerable")
        off, near = [], []
        for g in load(Path(gold) / "unanswerable.jsonl"):
            a = A[(g["id"], 1)]
            ok = a["abstained"] and not a["citations"]
            (off if int(g["id"][3:]) <= 20 else near).append(a["abstained"])
        out["unanswerable"] = dict(n=len(off) + len(near), off_topic=mean(off), near_miss=mean(near))
    if (Path(ans) / "chats.jsonl").exists():
        A = answers("chats")
        fr, lr, l5 = [], [], []
        for g in load(Path(gold) / "chats.jsonl"):
            for t, turn in enumerate(g["turns"], 1):
                a = A[(g["id"], t)]
                rel = set(turn["relevant"])
                if not rel:
                    continue
                r = len(rel & cited(a)) / len(rel)
                (fr if t == 1 else lr).append(r)
                if t > 1:
                    l5.append(len(rel & set(ranked(a)[:5])) / min(5, len(rel)))
        out["chats"] = dict(
            first_turn_recall=mean(fr), follow_up_recall=mean(lr), follow_up_retrieved5=mean(l5), follow_ups=len(lr)
        )
    out["integrity"] = integ
    s = sorted(seconds)
    out["seconds"] = dict(p50=s[len(s) // 2], p95=s[int(len(s) * 0.95)], n=len(s)) if s else {}
    return out


if __name__ == "__main__":
    a = [x for x in sys.argv[1:] if not x.startswith("--")]
    print(json.dumps(main(*a), indent=1))
