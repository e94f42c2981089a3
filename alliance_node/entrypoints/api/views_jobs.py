"""What jobs and monitors report, as the API's and the command line's JSON. Owns the form only."""

from alliance_node.application.tier_monitor import TierAlarm, TierReport
from alliance_node.entrypoints.api.parsing import format_amount
from alliance_node.entrypoints.api.views import Json, instant


def tier_report(report: TierReport, scale: int) -> Json:
    """`GET /v1/tiers/monitor`: shares in per cent with two decimals."""
    return {
        "at": instant(report.at),
        "members": report.members,
        "spend": format_amount(report.spend_minor, scale),
        "tiers": [
            {
                "tier": row.tier,
                "members": row.members,
                "members_percent": format_amount(row.members_bps, 2),
                "spend": format_amount(row.spend_minor, scale),
                "spend_percent": format_amount(row.spend_bps, 2),
            }
            for row in report.tiers
        ],
        "alarms": [{"kind": alarm.kind, "tier": alarm.tier, "message": _words(alarm)} for alarm in report.alarms],
    }


def _words(alarm: TierAlarm) -> str:
    if alarm.kind == "inverted":
        return f"{alarm.tier} has {alarm.value} members, more than the {alarm.limit} of {alarm.below} below it"
    share, limit = format_amount(alarm.value, 2), format_amount(alarm.limit, 2)
    return f"{alarm.tier} holds {share} % of all members, more than {limit} %"
