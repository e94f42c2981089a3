"""The part of a random story that is about budgets and members' own wallets: mostly sensible, often not."""

import random
from collections.abc import Sequence
from dataclasses import replace

from eth_account import Account
from eth_account.signers.local import LocalAccount
from msgspec import structs

from bridge.protocol.budgets import Budget
from bridge.protocol.items import Item, ItemKind
from bridge.protocol.signed_items import SignedItem, typed_data
from tests.chain_fixtures import Alliance, Brand

DAY = 86_400
LIVES = (60, DAY, 3 * DAY, 0, -5, 400 * DAY)


class Budgets:
    """Budgets that were tried, and items on them."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.tried: list[Budget] = []

    def item(self, brand: Brand, brands: Sequence[Brand], clock: int) -> Item:
        """Fund, spend, unspend or close; mostly by the right brand, sometimes of a budget that never was."""
        dice = self.dice
        kind = dice.choice((ItemKind.FUND, ItemKind.SPEND, ItemKind.UNSPEND, ItemKind.CLOSE))
        units = dice.choice((0, 1, 10, 300, 5_000))
        if kind == ItemKind.FUND or not self.tried:
            other = dice.choice((*[one.brand_id for one in brands], 77))
            terms = len(self.tried).to_bytes(32, "big")
            self.tried.append(Budget(brand.brand_id, other, terms, clock + dice.choice(LIVES)))
            return self.tried[-1].fund(units)
        recent = self.tried[-20:]
        sponsors = kind == ItemKind.CLOSE
        mine = [one for one in recent if brand.brand_id == (one.sponsor if sponsors else one.beneficiary)]
        budget = dice.choice(mine or recent)
        if dice.random() < 0.1:
            budget = replace(budget, sponsor=88)
        if sponsors:
            return budget.close()
        return budget.spend(units) if kind == ItemKind.SPEND else budget.unspend(units)


class Wallets:
    """Two members with wallets: a library that is not ours signs for them."""

    def __init__(self, alliance: Alliance, dice: random.Random) -> None:
        self.alliance = alliance
        self.dice = dice
        self.owners: list[LocalAccount] = [Account.from_key(bytes([value]) * 32) for value in (0x51, 0x52)]
        self.nonces = [0, 0]
        self.sent: list[SignedItem] = []

    def fill(self, version: int) -> Item:
        """A brand pays into one of the wallets; sometimes to no address."""
        payload = bytes.fromhex(self.dice.choice(self.owners).address[2:]).rjust(32, b"\0")
        if self.dice.random() < 0.15:
            payload = self.dice.choice((bytes(32), b"\x01" * 32))
        amount = self.dice.choice((0, 40, 700))
        return Item(ItemKind.TO_WALLET, version, 0, 0, amount, bytes(32), payload)

    def items(self, brand: Brand, version: int, clock: int) -> list[SignedItem]:
        """Intents of both, in order; some replayed, forged, late or for another brand."""
        return [self._item(brand, version, clock) for _ in range(self.dice.randint(1, 5))]

    def refused(self, indexes: Sequence[int], items: Sequence[SignedItem]) -> None:
        """After a batch: the next nonces follow what the chain says."""
        for index, item in enumerate(items):
            owner = [bytes.fromhex(one.address[2:]) for one in self.owners].index(item.account)
            if index not in indexes:
                self.nonces[owner] += 1

    def _item(self, brand: Brand, version: int, clock: int) -> SignedItem:
        dice = self.dice
        if self.sent and dice.random() < 0.15:
            return dice.choice(self.sent[-10:])
        owner = dice.randrange(2)
        kind = dice.choice((ItemKind.CONVERT_OUT, ItemKind.TRANSFER))
        payload = bytes([7]) * 32
        if kind == ItemKind.TRANSFER:
            payload = bytes.fromhex(self.owners[1 - owner].address[2:]).rjust(32, b"\0")
        units, minimum = dice.choice((0, 10, 20, 200, 90_000)), dice.choice((0, 0, 1, 60))
        deadline, account = clock + dice.choice((DAY, DAY, DAY, -1)), bytes.fromhex(self.owners[owner].address[2:])
        empty, nonce = bytes(32), self.nonces[owner] + dice.choice((0, 0, 0, 0, 1))
        item = SignedItem(kind, version, deadline, units, minimum, nonce, account, empty, payload, empty, empty, 0)
        signer = self.owners[owner if dice.random() < 0.85 else 1 - owner]
        relay = brand.brand_id if dice.random() < 0.9 else brand.brand_id + 1
        book = self.alliance.book
        made = signer.sign_typed_data(
            full_message=typed_data(item, relay, book.chain_id, book.address("ConversionDesk"))
        )
        item = structs.replace(item, r=made.r.to_bytes(32, "big"), s=made.s.to_bytes(32, "big"), v=made.v)
        self.sent.append(item)
        return item
