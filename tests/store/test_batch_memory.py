"""The short form of the measure that a batch of any size needs a bounded memory."""

from __future__ import annotations

from benchmarks.batch_memory import measure


async def test_four_times_the_inputs_need_no_more_memory() -> None:
    few, many = await measure([5_000, 20_000])
    # 15,000 inputs and outputs held would be some 3 MB and more.
    assert many.redis < few.redis + 1_500_000
    assert many.dispatcher < few.dispatcher + 16_000_000
