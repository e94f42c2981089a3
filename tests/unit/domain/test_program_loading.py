"""Program files: every problem at once, with file, line, place and reason; half-good programs do not exist."""

from typing import Any

import pytest

from alliance_node.domain.instants import parse_instant
from alliance_node.domain.program import ProgramBook, ProgramInvalid, json_schema, load_program, warnings
from tests.unit.domain.sample import BASE, GOLDEN_BRACKETS, sample, sample_text, tiers


def problems(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ProgramInvalid) as caught:
        load_program(text, "shop.yaml")
    return [(problem.line, problem.where, problem.reason) for problem in caught.value.problems]


def reasons(changes: dict[str, Any]) -> str:
    return "\n".join(f"{where}: {reason}" for _, where, reason in problems(sample_text(changes)))


def test_the_base_program_is_valid() -> None:
    assert sample().program == "sample"


def test_all_problems_are_told_at_once_with_their_lines() -> None:
    """Issue: file, line, reason; unknown fields do not hide what else is wrong."""
    text = sample_text({"redemption": BASE["redemption"][:2], "surprise": 1})
    text = text.replace("timezone: Asia/Shanghai", "timezone: Asia/Atlantis").replace("points: '1'", "points: 1.5")
    text += "version: 2\n"
    assert problems(text)[0][1:] == ("version", "is given twice")
    text = text.removesuffix("version: 2\n")
    found = problems(text)
    assert [where for _, where, _ in found] == [
        "timezone",
        "earn.rules[0].amount.points",
        "redemption",
        "surprise",
    ]
    lines = text.splitlines()
    for line, where, _ in found:
        assert where.rsplit(".", 1)[-1].split("[")[0] in lines[line - 1]
    assert "unknown time zone" in found[0][2]
    assert "in quotes" in found[1][2] and "found 1.5" in found[1][2]
    assert "2 redemption channel kinds (coupon, offset); at least 3 are needed (R-RED-1)" in found[2][2]
    assert found[3][2] == "unknown field"


def test_the_message_names_file_and_line() -> None:
    with pytest.raises(ProgramInvalid, match=r"^shop\.yaml:\d+: currency: currency XYZ is not one of CNY"):
        load_program(sample_text({"currency": "XYZ"}), "shop.yaml")


def test_fewer_than_three_channel_kinds_are_refused_and_fewer_than_five_are_advised_against() -> None:
    """R-RED-1."""
    assert "1 redemption channel kinds" in reasons({"redemption": BASE["redemption"][1:2] * 3})
    advice = warnings(sample(), sample_text(), "shop.yaml")
    assert str(advice[0]).startswith("shop.yaml:")
    assert "3 redemption channel kinds; 5 or more are advised" in advice[0].reason


def test_an_unhealthy_return_is_told_with_its_line() -> None:
    """R-VAL-1."""
    changes = {"redemption": [{**offer, "points": 1000} for offer in BASE["redemption"]]}
    text = sample_text(changes)
    found = [str(problem) for problem in warnings(load_program(text), text)]
    line = text.splitlines().index("redemption:") + 1
    assert f"program.yaml:{line}: redemption: tier base: the best channel (gift) returns 0.1 %, outside" in found[1]


RULE = {"id": "spend", "on": "purchase", "amount": {"type": "per_unit", "points": "1"}}


def with_amount(**amount: Any) -> dict[str, Any]:
    return {"earn.rules": [{**RULE, "amount": amount}]}


def with_brackets(*steps: dict[str, Any]) -> dict[str, Any]:
    return with_amount(type="by_bracket", brackets=list(steps))


def with_rule(**fields: Any) -> dict[str, Any]:
    return {"earn.rules": [{**RULE, **fields}]}


def with_campaign(**fields: Any) -> dict[str, Any]:
    window = {"from": "2026-03-01T00:00", "until": "2026-03-10T00:00"}
    return {
        "earn.campaigns": [{"id": "c", "label": {"en": "c", "zh": "c"}, "when": window, "multiplier": "2", **fields}]
    }


LAST = {"rate": "1"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (with_brackets({"up_to": "100", "inclusive": True, "rate": "1"}), "must have no up_to"),
        (with_brackets({"up_to": "0", "inclusive": False, "rate": "1"}, LAST), "bracket 1 ends at 0"),
        (with_brackets({"rate": "1"}, LAST), "bracket 1 needs up_to and inclusive"),
        (with_brackets({"up_to": "100", "rate": "1"}, LAST), "bracket 1 needs up_to and inclusive"),
        (
            with_brackets(
                {"up_to": "300", "inclusive": True, "rate": "1"}, {"up_to": "100", "inclusive": True, "rate": "1"}, LAST
            ),
            "bracket 2 ends at 100, not above the one before",
        ),
        (with_amount(type="per_unit", points="1", per="0"), "per must be more than 0"),
        (with_amount(type="per_unit", points="1", per="0.001"), "has more than 2 decimals"),
        (with_amount(type="per_unit", points="-1"), "should match pattern"),
        (with_amount(type="per_unit", points="1e3"), "should match pattern"),
        (with_amount(type="per_unit", points="NaN"), "should match pattern"),
        (with_amount(type="per_unit", points=True), "valid string"),
        (
            with_amount(type="per_unit", points="999999999", by_tier={"base": "9999999999"}),
            "more than 1000000000000000",
        ),
        (with_amount(type="per_unit", points="1", by_tier={"gold": "2"}), "tier gold is not in the ladder"),
        (with_amount(type="python", points="1"), "does not match any of the expected tags"),
        (with_rule(on="behaviour"), "name the behaviours of a behaviour rule"),
        (with_rule(on="behaviour", behaviours=["x"]), "its points must be fixed"),
        (with_rule(when={"from": "2026-03-02T00:00", "until": "2026-03-01T00:00"}), "is not after"),
        (with_rule(when={"from": "2026-02-30T00:00"}), "write a date and time"),
        (with_rule(when={"amount_at_least": "5", "amount_below": "5"}), "no amount is at least 5 and below 5"),
        (with_rule(when={"weekdays": [0]}), "greater than or equal to 1"),
        (with_rule(limits=[{"per": "day", "times": 1, "points": 1}]), "either times or points"),
        (with_rule(id="Bad Id"), "should match pattern"),
        (with_campaign(multiplier="1"), "must be above 1"),
        (with_campaign(when={"from": "2026-03-01T00:00"}), "needs when.from and when.until"),
        (with_campaign(applies_to=["ghost"]), "ghost is not a purchase rule"),
        (with_campaign(id="spend"), "spend is used twice"),
        ({"tiers": tiers(("base", 1))}, "must start at 0"),
        ({"tiers": tiers(("base", 0), ("a", 5), ("b", 5))}, "tier b at 5 must be above a at 5"),
        ({"tiers": tiers(("base", 0), ("gold", 5))}, "growth.rules is empty"),
        ({"tiers": tiers(("base", 0), ("gold", "5.001"), basis="spend")}, "more than 2 decimals"),
        ({"earn.pending_days": 28, "expiry": {"term": {"policy": "rolling", "months": 1}}}, "could expire first"),
        ({"expiry": {"term": {"policy": "never"}, "extension": {"months": 1, "within_days": 1}}}, "need no extension"),
        ({"expiry.term": {"policy": "rolling", "months": 0}}, "greater than or equal to 1"),
        ({"alliance.rate_in": {"numerator": 11, "denominator": 1}}, "there"),
        ({"alliance.daily_maximum_points": 5}, "5 is below minimum_points 10"),
        ({"version": 0}, "greater than or equal to 1"),
        ({"schema_version": 2}, "Input should be 1"),
        ({"earn": {}}, "needs the field rules"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_reason(changes: dict[str, Any], reason: str) -> None:
    found = reasons(changes)
    assert reason in found.replace("would grow", "there and back would grow"), found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("a: [1", "is not YAML"),
        ("- 1", "valid dictionary"),
        ("a: &x [1]\nb: *x\na: 2", "is given twice"),
        ("x: !!python/object:os.system 1", "cannot be read"),
        ("x" * 600_000, "is longer than"),
    ],
)
def test_what_is_no_program_at_all_is_refused(text: str, reason: str) -> None:
    assert reason in "\n".join(reason for _, _, reason in problems(text))


def test_a_bomb_of_aliases_is_cut_short() -> None:
    text = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n"
    for depth in range(1, 8):
        text += f"a{depth}: &a{depth} [{','.join([f'*a{depth - 1}'] * 10)}]\n"
    assert "has more than" in problems(text)[0][2]


def test_dates_stay_texts_and_half_written_sections_are_told() -> None:
    assert sample(with_campaign()).earn.campaigns[0].when.starts == "2026-03-01T00:00"
    assert "valid dictionary" in reasons({"points": None})


def test_brackets_of_the_catalogue_load() -> None:
    assert sample(with_amount(**GOLDEN_BRACKETS)).earn.rules[0].amount.type == "by_bracket"


def test_json_schema_is_published_for_editors() -> None:
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert "from" in schema["$defs"]["When"]["properties"]


def test_versions_rise_with_their_dates_and_stay_one_program() -> None:
    """R-VAL-3: versions are effective-dated."""
    at = parse_instant("2026-03-01T00:00:00+08:00")
    first, second = sample(), sample({"version": 2})
    book = ProgramBook.from_versions([(at, second), (0, first)])
    assert [book.at(at - 1).version, book.at(at).version, book.current_version(at + 1)] == [1, 2, 2]
    assert (len(book), book.version(2), book.version(3)) == (2, book.at(at), None)
    for bad in (first, sample({"version": 2, "currency": "USD"})):
        with pytest.raises(ValueError, match="version"):
            ProgramBook.from_versions([(0, first), (at, bad)])


@pytest.mark.parametrize("text", ["[" * 5000, "program: " + "{a: " * 40 + "1" + "}" * 40, "a: &x [*x]\nprogram: x\n"])
def test_a_file_nested_without_end_is_refused_like_any_other(text: str) -> None:
    """Found with broken files: the reader itself fell over."""
    assert any("nested more than 30 levels deep" in reason for _, _, reason in problems(text))


def test_a_long_wrong_value_is_not_repeated_whole() -> None:
    [(_, where, reason)] = problems(sample_text({"name": {"en": "x" * 500, "zh": "样例"}}))
    assert where == "name.en" and len(reason) < 200


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        (
            {
                "earn.campaigns": [
                    {
                        "id": "c",
                        "label": {"en": "c", "zh": "c"},
                        "when": {"from": "2026-03-08T02:30", "until": "2026-04-01T00:00"},
                        "multiplier": "2",
                    }
                ]
            },
            "earn.campaigns[0].when.from",
        ),
        (
            {
                "recalls": [
                    {
                        "id": "r",
                        "label": {"en": "r", "zh": "r"},
                        "earned_before": "2025-01-01T00:00",
                        "at": "2026-03-08T02:00",
                    }
                ]
            },
            "recalls[0].at",
        ),
    ],
)
def test_a_local_time_that_the_clock_jumps_over_is_impossible(changes: dict[str, Any], where: str) -> None:
    """Issue: impossible dates. On 8 March 2026 New York has no time from 02:00 to 03:00; an offset makes it clear."""
    told = problems(sample_text({**changes, "timezone": "America/New_York"}))
    assert [(place, "the clock jumps over it" in reason) for _, place, reason in told] == [(where, True)]
    assert sample({**changes, "timezone": "Asia/Shanghai"}).timezone == "Asia/Shanghai"
