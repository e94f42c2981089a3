"""Random but seeded stories of an alliance: batches of any items, limits, pauses, status and rate changes, waiting."""

import contextlib
import random
from collections.abc import Callable
from dataclasses import replace

from bridge.deploy import settlement
from bridge.deploy.admin import announce_rate, pause_alliance, rotate_hot_key, set_credit_line, set_limiter, set_status
from bridge.deploy.deploy import view
from bridge.deploy.sending import TransactionFailed
from bridge.protocol.claims import commitment
from bridge.protocol.events import TOPICS
from bridge.protocol.items import Item, ItemKind
from bridge.protocol.payments import Payment, PaymentKind, bank_reference
from bridge.protocol.rates import Rate
from tests.chain_fixtures import Alliance, Brand, key
from tests.integration.audit.chaos_budgets import Budgets, Wallets
from tests.integration.audit.posting import DAY, post, post_signed, salt_of

ADMIN = ("credit", "collateral", "limiter", "status", "pause", "rotate")
ACTIONS = ("batch",) * 20 + ("signed",) * 6 + ("rate", "rate", "wait", "wait", "wait") + ADMIN
RECENT = 30
FAULTS: tuple[dict[str, int], ...] = (
    {"version": 0},
    {"version": 99},
    {"version": 1},
    {"version": 2},
    {"counterparty": 0},
    {"counterparty": 77},
    {"life": 0},
    {"life": -5},
    {"life": 8 * DAY},
    {"amount": 0},
    {"amount": 40_000},
    {"amount": (1 << 64) - 1},
)


class Chaos:
    """One story. `opened` remembers (source, receiver, salt, out version, deadline) of the conversions tried."""

    def __init__(self, alliance: Alliance, seed: int) -> None:
        self.alliance = alliance
        self.dice = random.Random(seed)
        self.next_seq = dict.fromkeys((brand.brand_id for brand in alliance.brands), 1)
        self.versions = dict.fromkeys(self.next_seq, 1)
        self.opened: list[tuple[Brand, Brand, int, int, int]] = []
        self.paused = False
        self.salt = 0
        self.budgets, self.wallets = Budgets(self.dice), Wallets(alliance, self.dice)
        self.transfers = 0

    def step(self) -> None:
        """One random action of one random brand."""
        action = self.dice.choice(ACTIONS)
        if self.paused and self.dice.random() < 0.3:
            action = "pause"
        # A refused announcement or status change is part of the story: nothing of it happened.
        with contextlib.suppress(TransactionFailed):
            getattr(self, f"_{action}")(self.dice.choice(self.alliance.brands))

    def _clock(self) -> int:
        """Alliance time at the head."""
        alliance = self.alliance
        desk, head = alliance.book.address("ConversionDesk"), alliance.rpc.call("eth_blockNumber")
        (clock,) = view(alliance.rpc, desk, "ConversionDesk", "allianceTime", block=head)
        return int(clock)

    def _batch(self, brand: Brand) -> None:
        items = [self._item(brand) for _ in range(self.dice.randint(1, 12))]
        post(self.alliance, brand, self.next_seq[brand.brand_id], items)
        self.next_seq[brand.brand_id] += 1

    def _signed(self, brand: Brand) -> None:
        items = self.wallets.items(brand, self.dice.randint(0, self.versions[brand.brand_id]), self._clock())
        receipt = post_signed(self.alliance, brand, self.next_seq[brand.brand_id], items)
        self.next_seq[brand.brand_id] += 1
        topic = "0x" + TOPICS["Rejected"].hex()
        rejected = [int(log["data"][2:66], 16) for log in receipt["logs"] if log["topics"][0] == topic]
        self.wallets.refused(rejected, items)

    def _item(self, brand: Brand) -> Item:
        kind = self.dice.choices((1, 2, 3, 4, 5, 9), (12, 8, 4, 3, 8, 1))[0]
        if kind == ItemKind.TO_WALLET:
            return self.wallets.fill(self.versions[brand.brand_id])
        if kind == ItemKind.FUND:
            return self.budgets.item(brand, self.alliance.brands, self._clock())
        if kind == ItemKind.CONVERT_IN:
            return self._convert_in(brand)
        if self.opened and kind in (ItemKind.CLAIM, ItemKind.RETURN):
            return self._closing(brand, kind)
        return Item(kind, 1, 1, self._clock() + DAY, 5, bytes(32), bytes(32))

    def _convert_in(self, brand: Brand) -> Item:
        """Mostly sensible; often with one field that is not. Sometimes with the code used before: two mints."""
        receiver = self.dice.choice(self.alliance.brands)
        self.salt += self.dice.choice((0, 1, 1, 1))
        out_version = self.dice.randint(1, self.versions[receiver.brand_id])
        fields = {
            "version": self.versions[brand.brand_id],
            "counterparty": receiver.brand_id,
            "life": self.dice.choice((60, DAY, 3 * DAY)),
            "amount": self.dice.choice((1, 7, 100, 5_000)),
        }
        if self.dice.random() < 0.4:
            fields |= self.dice.choice(FAULTS)
        deadline = self._clock() + fields["life"]
        promised = commitment(receiver.brand_id, out_version, salt_of(self.salt))
        self.opened.append((brand, receiver, self.salt, out_version, deadline))
        version, counterparty, amount = fields["version"], fields["counterparty"], fields["amount"]
        return Item(ItemKind.CONVERT_IN, version, counterparty, deadline, amount, bytes(32), promised)

    def _closing(self, brand: Brand, kind: int) -> Item:
        """A claim or return of something opened lately: mostly by the right brand, often early, late or again."""
        side = 1 if kind == ItemKind.CLAIM else 0
        recent = self.opened[-RECENT:]
        mine = [row for row in recent if row[side].brand_id == brand.brand_id]
        source, receiver, salt, version, deadline = self.dice.choice(mine or recent)
        if kind == ItemKind.CLAIM:
            return Item(kind, version, source.brand_id, deadline, 0, bytes(32), salt_of(salt))
        promised = commitment(receiver.brand_id, version, salt_of(salt))
        return Item(kind, 0, receiver.brand_id, deadline, 0, bytes(32), promised)

    def _rate(self, brand: Brand) -> None:
        """Small steps up are immediate; the rest waits for its notice, or is refused by the board."""
        factor = self.dice.choice((95, 100, 105, 110, 115))
        into = (brand.rate.in_numerator * factor, brand.rate.in_denominator * 100)
        changed = Rate(*into, brand.rate.out_numerator, brand.rate.out_denominator * 2)
        wait = self.dice.choice((0, 0, 3 * DAY + 60))
        at = self._clock() + wait if wait else 0
        rpc, book, mine = self.alliance.rpc, self.alliance.book, self.alliance.mine
        announce_rate(rpc, book, brand.cold, brand.brand_id, changed, effective_at=at, mine=mine)
        self.versions[brand.brand_id] += 1

    def _as_admin(self, change: Callable[..., None], *arguments: object, **options: object) -> None:
        alliance = self.alliance
        change(alliance.rpc, alliance.book, alliance.admin, *arguments, mine=alliance.mine, **options)

    def _credit(self, brand: Brand) -> None:
        self._as_admin(set_credit_line, brand.brand_id, self.dice.choice((0, 50_000, 300_000, 10**9, 10**9)))

    def _collateral(self, brand: Brand) -> None:
        alliance = self.alliance
        held = settlement.read_brand_state(alliance.rpc, alliance.book, brand.brand_id).collateral
        self.transfers += 1
        kind = PaymentKind.COLLATERAL_OUT if held else PaymentKind.COLLATERAL_IN
        payment = Payment(kind, brand.brand_id, 0, 900, bank_reference(f"chaos {self.transfers}"))
        treasurer = alliance.admin
        signatures = [settlement.sign_payment(each, alliance.book, payment) for each in (treasurer, brand.cold)]
        mine = alliance.mine
        settlement.confirm_payment(
            alliance.rpc, alliance.book, treasurer, payment, treasurer.address, signatures, mine=mine
        )

    def _rotate(self, brand: Brand) -> None:
        """A fresh hot key; once in a while an old one, which the registry refuses."""
        hot = self.dice.choice((key(self.dice.randint(10_000, 10**9)), key(101)))
        rpc, book, mine = self.alliance.rpc, self.alliance.book, self.alliance.mine
        rotate_hot_key(rpc, book, brand.cold, brand.brand_id, hot.address, mine=mine)
        self.alliance.brands[brand.brand_id - 1] = replace(brand, hot=hot)

    def _limiter(self, brand: Brand) -> None:
        limits = ((0, 0), (4_000, 3_600), (1_000_000, 60), (2**60, 3_600), (2**60, 3_600))
        self._as_admin(set_limiter, brand.brand_id, *self.dice.choice(limits))

    def _status(self, brand: Brand) -> None:
        status = self.dice.choice(("active",) * 8 + ("exit-only", "suspended"))
        self._as_admin(set_status, brand.brand_id, status)

    def _pause(self, brand: Brand) -> None:
        self._as_admin(pause_alliance, paused=not self.paused)
        self.paused = not self.paused

    def _wait(self, brand: Brand) -> None:
        self.alliance.mine(self.alliance.now() + self.dice.choice((30, 30, 3_600, DAY, 4 * DAY)))
