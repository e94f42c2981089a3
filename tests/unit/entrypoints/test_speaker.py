"""What the page says of tasks and tiers, word by word."""

import pytest

from alliance_node.domain.program import CompiledProgram
from alliance_node.domain.program.values import Text
from alliance_node.domain.progress import GoalProgress, Progress, StreakProgress
from alliance_node.entrypoints.member_web.speaker import Speaker
from tests.unit.domain.sample import sample


@pytest.mark.parametrize(
    ("language", "left", "length", "sentences"),
    [
        ("en", 2, 3, ["2 purchases to go", "3 days in a row; the next day gives 5 points."]),
        ("en", 1, 1, ["1 purchase to go", "1 day done; the next day gives 5 points."]),
        ("zh", 1, 1, ["还差 1 次消费", "已连续 1 天，下一天可得 5 分。"]),
    ],
)
def test_one_is_said_as_one(language: str, left: int, length: int, sentences: list[str]) -> None:
    goal = GoalProgress("four", Text(zh="四次", en="four"), "purchases", 4 - left, 4, False, 10, 0, None)
    streak = StreakProgress("daily", ("visit",), length, True, 5, None, 0)
    (group,) = Speaker(CompiledProgram(sample()), language).tasks(Progress((goal,), (), (streak,)))
    assert [task.sentence for task in group.tasks] == sentences
