"""The own log decoder says what web3.py says (DESIGN §9), and refuses every other shape."""

import pytest
from eth_abi import encode as abi_encode
from eth_hash.auto import keccak
from hypothesis import given
from hypothesis import strategies as st
from web3 import Web3
from web3._utils.events import get_event_data

from bridge.protocol import events
from bridge.protocol.rates import Rate


def uint(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, (1 << bits) - 1)


def abi_of(signature: str, indexed: int) -> dict[str, object]:
    name, arguments = signature.rstrip(")").split("(")
    inputs = [
        {"name": f"a{at}", "type": kind, "indexed": at < indexed, "internalType": kind}
        for at, kind in enumerate(arguments.split(","))
    ]
    return {"type": "event", "name": name, "inputs": inputs, "anonymous": False}


def raw_log(name: str, indexed: int, values: list[object]) -> tuple[list[bytes], bytes]:
    signature = events.SIGNATURES[name]
    kinds = signature.rstrip(")").split("(")[1].split(",")
    topics = [keccak(signature.encode())]
    topics += [abi_encode([kind], [value]) for kind, value in zip(kinds[:indexed], values, strict=False)]
    return topics, abi_encode(kinds[indexed:], values[indexed:])


def web3_says(name: str, indexed: int, topics: list[bytes], data: bytes) -> list[object]:
    log = {
        "topics": topics,
        "data": data,
        "address": "0x" + "00" * 20,
        "logIndex": 0,
        "transactionIndex": 0,
        "transactionHash": b"",
        "blockHash": b"",
        "blockNumber": 1,
    }
    decoded = get_event_data(Web3().codec, abi_of(events.SIGNATURES[name], indexed), log)
    return [decoded["args"][f"a{at}"] for at in range(len(decoded["args"]))]


@given(uint(32), uint(40), st.binary(min_size=32, max_size=32), uint(16))
def test_batch_posted_as_web3_reads_it(brand: int, seq: int, digest: bytes, count: int) -> None:
    topics, data = raw_log("BatchPosted", 2, [brand, seq, digest, count])
    assert events.decode_log(topics, data) == events.BatchPosted(*web3_says("BatchPosted", 2, topics, data))


@given(uint(32), uint(40), uint(16), uint(8))
def test_rejected_as_web3_reads_it(brand: int, seq: int, item: int, reason: int) -> None:
    topics, data = raw_log("Rejected", 2, [brand, seq, item, reason])
    assert events.decode_log(topics, data) == events.Rejected(*web3_says("Rejected", 2, topics, data))


@given(st.lists(uint(32), min_size=2, max_size=2), st.lists(uint(64), min_size=4, max_size=4), uint(40), uint(40))
def test_rate_announced_as_web3_reads_it(ids: list[int], ratios: list[int], at: int, until: int) -> None:
    topics, data = raw_log("RateAnnounced", 2, [*ids, *ratios, at, at, until])
    values = web3_says("RateAnnounced", 2, topics, data)
    assert events.decode_log(topics, data) == events.RateWasAnnounced(
        values[0], values[1], Rate(*values[2:6]), *values[6:]
    )


@given(uint(32), uint(40), uint(16), uint(8), uint(32), uint(64), uint(64))
def test_converted_unpacks_its_seven_fields(
    brand: int, seq: int, item: int, kind: int, version: int, local: int, units: int
) -> None:
    packed = brand << 224 | seq << 184 | item << 168 | kind << 160 | version << 128 | local << 64 | units
    topics, data = raw_log("Converted", 0, [packed])
    assert events.decode_log(topics, data) == events.Converted(brand, seq, item, kind, version, local, units)


@given(st.binary(min_size=20, max_size=20), uint(40))
def test_the_clock_events_as_web3_reads_them(guardian: bytes, seconds: int) -> None:
    for name, event in (("Paused", events.Paused), ("Unpaused", events.Unpaused)):
        topics, data = raw_log(name, 1, ["0x" + guardian.hex(), seconds])
        assert events.decode_log(topics, data) == event(guardian, web3_says(name, 1, topics, data)[1])


def test_foreign_logs_are_not_ours() -> None:
    assert events.decode_log([], b"") is None
    assert events.decode_log([keccak(b"Transfer(address,address,uint256)")], b"x" * 32) is None


@pytest.mark.parametrize("name", list(events.TOPICS))
def test_a_log_of_the_wrong_shape_is_an_error_not_a_guess(name: str) -> None:
    with pytest.raises(events.MalformedLog):
        events.decode_log([events.TOPICS[name]], b"x")
