"""The report as one HTML file for people: findings first, Chinese or English by a switch, nothing fetched.

Owns layout and the page's words; what checks and limits say in Chinese is in `chinese`. Evidence (expected, actual) is
shown as it is in the JSON. The page may not leave out a finding or a limit, and everything that is not its own text is
escaped.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

from bridge.audit import chinese
from bridge.audit.findings import Finding
from bridge.audit.report import EXIT_CLEAN, EXIT_FAILED, EXIT_INCOMPLETE, Report

_VERDICTS = {
    EXIT_CLEAN: (
        "good",
        "没有发现问题：无失败项，可检查的均已检查。",
        "Clean: nothing failed or was left unchecked.",
    ),
    EXIT_FAILED: ("bad", "审计未通过：见下列发现。", "Failed: see the findings below."),
    EXIT_INCOMPLETE: (
        "warn",
        "审计不完整：无失败项，但有项目未能检查。",
        "Incomplete: something was not checked.",
    ),
}
_LEVELS = {
    "proven": ("已证明", "proven"),
    "attested": ("仅有声明", "attested"),
    "unchecked": ("未检查", "unchecked"),
    None: ("无可检查", "nothing to check"),
}
_STYLE = """
:root{--ink:#1d2733;--soft:#5b6b7c;--line:#d8dee6;--good:#0b6b3a;--bad:#a4161a;--warn:#8a5a00}
body{font:16px/1.55 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;color:var(--ink);margin:0 auto;
max-width:70rem;padding:1.5rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}
th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}
code{font-size:.85em;overflow-wrap:anywhere}.soft{color:var(--soft)}
.verdict{border-left:.4rem solid;padding:.7rem 1rem;font-weight:600}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.finding{border:1px solid var(--line);border-left:.3rem solid var(--bad);padding:.5rem .8rem;margin:.6rem 0}
.finding.warn{border-left-color:var(--warn);color:inherit}
#zh:checked~main .en,#en:checked~main .zh{display:none}
"""


def to_html(report: Report, auditor: str | None = None) -> bytes:
    """The whole report; `auditor` is the address that signed its JSON form."""
    chain = report.chain
    body = "".join(
        (
            f"<h1>{_both('积分联盟审计报告', 'Points Alliance audit report')}</h1>",
            _verdict(report),
            _findings("失败项", "Failed", report, report.failures, "bad"),
            _findings("可检查但未检查", "Could be checked, but was not", report, report.unchecked, "warn"),
            _limits(report),
            f"<h2>{_both('审计范围', 'What was audited')}</h2>",
            _pairs(
                (
                    ("链编号", "chain", str(chain["chain_id"])),
                    ("区块", "blocks", f"{chain['from_block']} – {chain['to_block']}"),
                    ("末块哈希", "hash of the last block", str(chain["to_block_hash"])),
                    ("下次检查点", "next checkpoint", str(chain["next_checkpoint"])),
                    ("事件", "events", str(report.totals["events"])),
                    ("审计者", "auditor", auditor or "–"),
                )
            ),
            _brands(report),
            _checks(report),
        )
    )
    switch = (
        '<input type="radio" name="lang" id="zh" checked><label for="zh">中文</label> '
        '<input type="radio" name="lang" id="en"><label for="en">English</label>'
    )
    page = (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Points Alliance audit</title><style>{_STYLE}</style></head>"
        f"<body>{switch}<main>{body}</main></body></html>\n"
    )
    return page.encode()


def _both(zh: str, en: str) -> str:
    return f'<span class="zh" lang="zh-CN">{escape(zh)}</span><span class="en" lang="en">{escape(en)}</span>'


def _verdict(report: Report) -> str:
    style, zh, en = _VERDICTS[report.exit_code]
    return f'<p class="verdict {style}">{_both(zh, en)}</p>'


def _findings(zh: str, en: str, report: Report, findings: Sequence[Finding], style: str) -> str:
    if not findings:
        return ""
    statements = {row["check"]: row["statement"] for row in report.checks}
    rows = "".join(
        f'<div class="finding {style}"><b>{escape(found.check)}</b> ({escape(found.invariant)}) · '
        f"{_both(chinese.place(found.where), found.where)}<br>{_shown(found.check, statements)}<br>"
        f"{_both('应为', 'expected')} <code>{escape(found.expected)}</code><br>"
        f"{_both('实为', 'actual')} <code>{escape(found.actual)}</code></div>"
        for found in findings
    )
    return f"<h2>{_both(zh, en)}</h2>{rows}"


def _shown(name: str, statements: Mapping[str, str]) -> str:
    """What the check shows when it holds."""
    statement = statements.get(name, name)
    return _both(chinese.check(name, statement), statement)


def _limits(report: Report) -> str:
    items = "".join(_limit(limit) for limit in report.limits)
    return f"<h2>{_both('本审计无法证明', 'What this audit cannot prove')}</h2><ul>{items}</ul>"


def _limit(row: Mapping[str, str]) -> str:
    what, why = chinese.limit(row["what"], row["why"])
    said = f'{_both(what, row["what"])} <span class="soft">{_both(why, row["why"])}</span>'
    return f"<li>[{_both(*_LEVELS[row['level']])}] {said}</li>"


def _pairs(rows: Iterable[tuple[str, str, str]]) -> str:
    cells = "".join(f"<tr><th>{_both(zh, en)}</th><td><code>{escape(text)}</code></td></tr>" for zh, en, text in rows)
    return f"<table>{cells}</table>"


def _brands(report: Report) -> str:
    columns = (
        ("品牌", "brand", "brand_id"),
        ("状态", "status", "status"),
        ("批次", "batches", "batches"),
        ("已发行", "issued", "issued_alliance_units"),
        ("已赎回", "redeemed", "redeemed_alliance_units"),
        ("头寸", "position", "position_alliance_units"),
    )
    head = "".join(f"<th>{_both(zh, en)}</th>" for zh, en, _ in columns)
    rows = "".join(
        "<tr>" + "".join(f'<td class="n">{escape(str(row[key]))}</td>' for _, _, key in columns) + "</tr>"
        for row in report.totals["brands"]
    )
    unit = _both("单位：0.01 联盟积分", "in alliance units of 0.01 alliance point")
    return f"<h2>{_both('各品牌', 'Brands')}</h2><p class='soft'>{unit}</p><table><tr>{head}</tr>{rows}</table>"


def _checks(report: Report) -> str:
    counts = (("数量", "examined"), ("失败", "failed"))
    headings = (("检查", "check"), ("级别", "level"), *counts, ("内容", "what is shown"))
    head = "".join(f"<th>{_both(zh, en)}</th>" for zh, en in headings)
    rows = "".join(
        f"<tr><td>{escape(row['check'])}<br><span class='soft'>{escape(row['invariant'])}</span></td>"
        f"<td>{_both(*_LEVELS[row['level']])}</td><td class='n'>{row['examined']}</td>"
        f"<td class='n'>{row['failures']}</td><td>"
        f"{_both(chinese.check(row['check'], row['statement']), row['statement'])}</td></tr>"
        for row in report.checks
    )
    return f"<h2>{_both('全部检查', 'All checks')}</h2><table><tr>{head}</tr>{rows}</table>"
