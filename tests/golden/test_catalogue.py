"""The index of the money rules: for each row of the requirements' catalogue the tests that pin its numbers.

A row that nobody tests, or whose test was renamed or no longer says which row it guards, fails here.
"""

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOMAIN, GOLDEN, NODE = "tests/unit/domain", "tests/golden", "tests/integration/node"
RULES, PROGRAMS = "tests/acceptance/test_money_rules.py", "tests/acceptance/test_programs.py"
JOBS = "tests/acceptance/test_jobs.py"
AGING, COMMANDS = "tests/acceptance/test_aging.py", "tests/acceptance/test_command_line.py"

COFFEE = f"{GOLDEN}/test_coffee_stars.py::test_a_life_in_the_coffee_club"
BEANS = f"{GOLDEN}/test_marketplace_beans.py::test_a_life_at_the_mall"
COINS = f"{GOLDEN}/test_daily_checkin.py::test_a_life_of_daily_visits"
MILES = f"{GOLDEN}/test_airline_miles.py::test_three_years_of_flying"
CARD = f"{GOLDEN}/test_card_rewards.py::test_five_years_of_a_card"

CATALOGUE: dict[str, tuple[str, ...]] = {
    "R-VAL-1": (
        f"{DOMAIN}/test_words.py::test_coffee_stars_return_three_percent_and_gold_four_and_a_half",
        f"{DOMAIN}/test_words.py::test_presets_return_a_healthy_share",
        f"{PROGRAMS}::test_returns_of_the_version_in_force_are_an_api_call",
    ),
    "R-VAL-2": (
        f"{DOMAIN}/test_redemption.py::test_an_offset_never_exceeds_its_share_of_the_order",
        f"{NODE}/test_flash.py::test_offsets_of_one_order_never_exceed_it_however_many_ask_at_once",
        f"{RULES}::test_all_offsets_of_one_order_share_its_cap",
    ),
    "R-VAL-3": (
        f"{DOMAIN}/test_notice.py::test_a_worse_version_needs_the_notice_of_the_version_in_force",
        f"{DOMAIN}/test_notice.py::test_a_devaluation_waits_for_the_end_of_the_guarantee",
        f"{NODE}/test_activation.py::test_the_value_is_guaranteed_until_the_date_that_was_promised",
        f"{PROGRAMS}::test_a_worse_version_needs_its_notice",
        f"{PROGRAMS}::test_a_program_is_reindexed_by_a_percentage",
    ),
    "R-VAL-4": (
        f"{DOMAIN}/test_notice.py::test_a_recall_is_announced_for_the_notice_period_before_its_date",
        f"{NODE}/test_notices_and_monitor.py::test_a_recall_is_announced_and_takes_what_is_left_of_old_points_once",
        f"{PROGRAMS}::test_a_recall_is_announced_and_then_takes_old_points",
    ),
    "R-EARN-1": (
        f"{DOMAIN}/test_earning.py::test_slab_brackets_count_the_whole_amount_at_one_rate",
        f"{DOMAIN}/test_earning.py::test_marginal_brackets_count_each_part_at_its_own_rate",
    ),
    "R-EARN-2": (
        f"{DOMAIN}/test_earning.py::test_behaviour_points_stop_at_the_caps_of_day_and_month",
        f"{RULES}::test_behaviours_are_graded_and_their_budget_is_shared_by_all",
    ),
    "R-EARN-3": (
        f"{DOMAIN}/test_streaks.py::test_the_golden_variants",
        COINS,
        BEANS,
        f"{RULES}::test_streaks_run_over_days_and_show_the_next_bonus",
    ),
    "R-EARN-4": (
        f"{DOMAIN}/test_earning.py::test_stacking_policy_says_how_two_campaigns_meet",
        f"{DOMAIN}/test_threshold_gifts.py::test_a_purchase_over_the_threshold_comes_with_the_gift",
        BEANS,
        CARD,
        f"{RULES}::test_a_threshold_gift_comes_with_a_big_purchase_while_stock_lasts",
    ),
    "R-EARN-5": (
        f"{DOMAIN}/test_earning.py::test_member_day_counts_in_the_members_zone_or_the_programs",
        COINS,
        BEANS,
        f"{RULES}::test_a_member_day_doubles_points_every_month",
    ),
    "R-EARN-6": (
        f"{DOMAIN}/test_tasks.py::test_three_purchases_in_a_week",
        f"{DOMAIN}/test_tasks.py::test_a_thousand_spent_in_a_month_gives_300",
        COFFEE,
        BEANS,
        f"{RULES}::test_goals_show_what_is_left_and_pay_once",
    ),
    "R-EARN-7": (
        f"{DOMAIN}/test_tasks.py::test_the_newcomers_first_seven_days",
        BEANS,
        f"{RULES}::test_a_newcomer_is_led_through_the_first_week",
    ),
    "R-EARN-8": (
        f"{DOMAIN}/test_earning.py::test_by_tier_rates_follow_the_members_tier",
        MILES,
        f"{AGING}::test_each_source_earns_at_its_own_rate_and_matures",
    ),
    "R-EARN-9": (
        f"{DOMAIN}/test_earning.py::test_pending_points_mature_after_the_return_window_and_only_then_can_be_used",
        f"{DOMAIN}/test_refunds.py::test_a_refund_takes_back_what_the_purchase_earned_and_no_other_lot",
        CARD,
        f"{AGING}::test_a_partial_refund_takes_exactly_its_share_from_its_own_lot",
    ),
    "R-EARN-10": (
        f"{NODE}/test_shared_limits.py::test_a_budget_gives_what_is_left_and_then_nothing",
        f"{DOMAIN}/test_earning.py::test_late_behaviours_count_on_their_own_day_and_never_reset_today",
        CARD,
        f"{NODE}/test_shared_limits.py::test_four_processes_one_killed_use_a_stock_and_a_budget_up_exactly",
        f"{RULES}::test_behaviours_are_graded_and_their_budget_is_shared_by_all",
    ),
    "R-EARN-11": (
        f"{DOMAIN}/test_words.py::test_a_purchase_is_explained_with_its_numbers_in_english",
        f"{DOMAIN}/test_preview.py::test_a_preview_of_any_command_equals_its_booking",
        f"{RULES}::test_a_preview_says_what_the_purchase_then_does",
    ),
    "R-TIER-1": (
        f"{DOMAIN}/test_tiers.py::test_a_threshold_is_reached_exactly_and_protects_for_six_months",
        f"{NODE}/test_notices_and_monitor.py::test_the_pyramid_is_watched",
        f"{PROGRAMS}::test_an_inverted_pyramid_raises_an_alarm",
    ),
    "R-TIER-2": (
        f"{DOMAIN}/test_earning.py::test_growth_weights_are_separate_from_points",
        f"{DOMAIN}/test_growth_behaviours.py::test_every_purchase_brings_100_growth_on_top_of_its_amount",
        f"{DOMAIN}/test_growth_behaviours.py::test_behaviours_bring_growth_by_their_grade",
        COINS,
        f"{RULES}::test_behaviours_are_graded_and_their_budget_is_shared_by_all",
    ),
    "R-TIER-3": (
        f"{DOMAIN}/test_growth.py::test_a_fifth_is_lost_at_the_new_year_of_the_program",
        BEANS,
        COINS,
        f"{RULES}::test_the_outlook_says_what_keeps_and_what_lifts_a_tier",
    ),
    "R-TIER-5": (
        f"{DOMAIN}/test_tiers.py::test_protection_holds_to_the_second_then_the_tier_falls_one_step_or_to_the_earned_one",
        f"{DOMAIN}/test_retention.py::test_a_retention_task_keeps_the_tier_and_protects_it_again",
        f"{DOMAIN}/test_retention.py::test_a_missed_retention_task_loses_the_tier",
        MILES,
        f"{JOBS}::test_members_are_told_before_a_tier_is_lost_and_the_job_then_moves_them",
    ),
    "R-TIER-8": (
        f"{DOMAIN}/test_retention.py::test_the_outlook_of_a_new_member_names_the_next_tier",
        f"{DOMAIN}/test_retention.py::test_the_outlook_counts_the_coming_decay_and_the_missing_task",
        f"{RULES}::test_the_outlook_says_what_keeps_and_what_lifts_a_tier",
    ),
    "R-BEN-1": (
        f"{DOMAIN}/test_benefits.py::test_the_allowance_of_the_tier_goes_first_and_begins_anew_each_period",
        MILES,
        f"{RULES}::test_benefits_are_counted_and_more_can_be_bought",
    ),
    "R-BEN-2": (
        f"{DOMAIN}/test_benefits.py::test_five_thousand_points_buy_a_lower_tier_one_lounge_visit",
        MILES,
        f"{RULES}::test_benefits_are_counted_and_more_can_be_bought",
    ),
    "R-RED-1": (
        f"{DOMAIN}/test_program_loading.py::"
        "test_fewer_than_three_channel_kinds_are_refused_and_fewer_than_five_are_advised_against",
        f"{DOMAIN}/test_presets.py::test_the_mall_has_every_kind_of_channel_and_many_rules",
        f"{RULES}::test_every_option_says_its_price_and_why_not",
    ),
    "R-RED-2": (
        f"{DOMAIN}/test_redemption.py::test_one_hundred_points_pay_one_unit_of_money",
        f"{DOMAIN}/test_redemption.py::test_four_hundred_stars_are_a_drink_worth_six_dollars",
        f"{DOMAIN}/test_redemption_kinds.py::test_one_hundred_points_are_a_drink",
        f"{RULES}::test_all_offsets_of_one_order_share_its_cap",
    ),
    "R-RED-3": (
        f"{DOMAIN}/test_lottery.py::test_one_party_cannot_be_the_only_one_nor_withhold_silently",
        BEANS,
        f"{RULES}::test_anyone_verifies_the_draw",
    ),
    "R-RED-4": (
        f"{DOMAIN}/test_redemption.py::test_stock_is_taken_given_back_and_never_oversold",
        f"{NODE}/test_shared_limits.py::test_four_processes_one_killed_use_a_stock_and_a_budget_up_exactly",
        BEANS,
        f"{NODE}/test_flash.py::test_fifty_buyers_at_once_get_exactly_the_stock",
        f"{RULES}::test_a_flash_sale_ends_with_its_stock",
    ),
    "R-RED-6": (
        f"{DOMAIN}/test_redemption_kinds.py::test_on_a_redemption_day_everything_costs_half_of_its_point_price",
        BEANS,
        COINS,
        f"{RULES}::test_a_redemption_day_halves_every_price",
    ),
    "R-RED-9": (
        f"{DOMAIN}/test_presets.py::test_points_only_goods_cost_no_money",
        f"{AGING}::test_goods_for_points_only_cost_no_money",
    ),
    "R-EXP-1": (
        f"{DOMAIN}/test_expiry.py::test_rolling_lots_end_after_their_last_local_day",
        COFFEE,
        COINS,
        MILES,
        f"{AGING}::test_a_lot_lives_its_term_and_a_purchase_extends_what_is_about_to_end",
    ),
    "R-EXP-2": (
        f"{DOMAIN}/test_expiry.py::test_each_lot_rolls_from_its_own_date_and_the_earliest_is_spent_first",
        MILES,
        f"{AGING}::test_a_lot_lives_its_term_and_a_purchase_extends_what_is_about_to_end",
    ),
    "R-EXP-3": (
        f"{DOMAIN}/test_expiry.py::test_a_purchase_before_expiry_adds_six_months_to_what_is_about_to_expire",
        f"{AGING}::test_a_lot_lives_its_term_and_a_purchase_extends_what_is_about_to_end",
    ),
    "R-EXP-4": (
        f"{DOMAIN}/test_retention.py::"
        "test_points_of_a_tier_lose_their_end_with_the_rise_and_get_the_whole_term_with_the_fall",
        CARD,
        f"{AGING}::test_points_of_the_top_tier_never_end",
    ),
    "R-EXP-5": (
        f"{DOMAIN}/test_expiry.py::test_an_expired_lot_is_never_spent_even_before_the_sweep",
        COFFEE,
        f"{NODE}/test_notices_and_monitor.py::test_points_are_announced_thirty_and_seven_days_before_their_last_day_once_each",
        f"{JOBS}::test_points_are_announced_before_they_end_and_swept_once",
    ),
    "R-ALL-8": (f"{DOMAIN}/test_presets.py::test_one_card_point_becomes_one_mile", CARD),
    "R-ALL-10": (
        f"{DOMAIN}/test_gifts.py::",
        BEANS,
        f"{RULES}::test_members_give_points_to_each_other_within_limits",
    ),
    "R-UX-1": (
        f"{DOMAIN}/test_summary.py::test_presets_are_told_in_thirty_seconds",
        f"{COMMANDS}::test_presets_are_summarised_in_both_languages",
    ),
}
"""Row → tests as path::name; without a name, the whole file is about the row."""


@lru_cache
def functions(path: str) -> dict[str, str]:
    """The source of each test of a file; under the empty name, the file's docstring."""
    source = (ROOT / path).read_text(encoding="utf-8")
    tree = ast.parse(source)
    found = {"": ast.get_docstring(tree) or ""}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = ast.get_source_segment(source, node) or ""
    return found


@pytest.mark.parametrize(("row", "test"), [(row, test) for row, tests in CATALOGUE.items() for test in tests])
def test_each_row_is_pinned_by_a_test_that_cites_it(row: str, test: str) -> None:
    path, name = test.split("::")
    assert name in functions(path), f"{test} does not exist (any more)"
    cited = re.findall(r"R-[A-Z]+-\d+", functions(path)[name])
    assert row in cited, f"{test} does not say that it guards {row}"


def test_no_row_of_the_money_rules_is_missing() -> None:
    """REQUIREMENTS §11, "money rules", and the summary."""
    owned = {
        *(f"R-VAL-{number}" for number in range(1, 5)),
        *(f"R-EARN-{number}" for number in range(1, 12)),
        *(f"R-TIER-{number}" for number in (1, 2, 3, 5, 8)),
        *(f"R-BEN-{number}" for number in (1, 2)),
        *(f"R-RED-{number}" for number in (1, 2, 3, 4, 6, 9)),
        *(f"R-EXP-{number}" for number in range(1, 6)),
        "R-ALL-10",
        "R-UX-1",
    }
    assert owned <= CATALOGUE.keys()
