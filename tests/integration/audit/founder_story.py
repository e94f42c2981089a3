"""A story of founder memberships on a real chain, for the auditor's tests: issued, granted, moved, sold, cancelled."""

from typing import Any

from bridge.chain.keys import Signer
from bridge.deploy.artifacts import load_artifact
from bridge.deploy.founders import issue_founders, set_terms
from bridge.deploy.sending import send_all
from bridge.protocol import founders
from bridge.protocol.claims import commitment
from bridge.protocol.items import Item, ItemKind
from bridge.protocol.words import format_address
from tests.chain_fixtures import Alliance, key
from tests.integration.audit.posting import DAY, post, salt_of

ANN, BEN, RELAY = key(7_001), key(7_002), key(7_003)
GRANT = 100_000


class FounderStory:
    """`alliance` has two brands; brand 1 sponsors."""

    def __init__(self, alliance: Alliance) -> None:
        self.alliance = alliance
        self.contract = alliance.book.address("FounderMembership")
        self.chain = (alliance.book.chain_id, self.contract)
        self.nonces = {1: 1, 2: 1, 3: 1}

    def play(self) -> "FounderStory":
        alliance = self.alliance
        set_terms(alliance.rpc, alliance.book, alliance.admin, 1, key(7_004).address, 500, mine=alliance.mine)
        issue_founders(
            alliance.rpc, alliance.book, alliance.admin, [ANN.address, ANN.address, BEN.address], mine=alliance.mine
        )
        self.fill(1, self.contract, GRANT * 3)
        self.fill(2, BEN.address, 5_000)
        self.grant(ANN, 1)
        self.act("transferSigned", "Transfer", ANN, 1, {"to": format_address(BEN.address)}, moves=True)
        self.act("cancelSigned", "Cancel", BEN, 3, {}, moves=True)
        self.sell(ANN, 2, BEN, 2_000)
        alliance.mine(alliance.now() + 40 * DAY)
        self.grant(BEN, 1)
        self.plain_transfer(BEN, 3, ANN)
        return self

    def fill(self, seq: int, wallet: bytes, units: int) -> None:
        """Brand 1 issues units (10 a point) to an account of the alliance."""
        payload = wallet.rjust(32, b"\0")
        item = Item(ItemKind.TO_WALLET, 1, 0, 0, units // 10, salt_of(9_000 + seq), payload)
        post(self.alliance, self.alliance.brands[0], seq, [item])

    def grant(self, holder: Signer, token_id: int) -> None:
        now = self.alliance.now()
        fields = {
            "month": founders.month_of(now + 5),
            "sponsorBrand": 1,
            "commitment": commitment(2, 1, salt_of(token_id + now)),
            "claimDeadline": now + DAY,
        }
        self.act("claimGrant", "Grant", holder, token_id, fields)

    def act(
        self, function: str, kind: str, holder: Signer, token_id: int, fields: dict[str, Any], *, moves: bool = False
    ) -> None:
        order = self.order(kind, token_id, fields)
        signature = holder.sign_digest(founders.digest(kind, order, *self.chain))
        self.send(RELAY, function, tuple(order.values()), signature)
        self.nonces[token_id] += moves

    def sell(self, seller: Signer, token_id: int, buyer: Signer, price: int) -> None:
        fields = {"price": price, "minProceeds": 0, "buyer": format_address(bytes(20))}
        order = self.order("Sale", token_id, fields)
        digest = founders.digest("Sale", order, *self.chain)
        until = self.alliance.now() + DAY
        payment = founders.payment_of(buyer.address, self.contract, price, until, digest)
        point = self.alliance.book.address("AlliancePoint")
        paid = buyer.sign_digest(founders.payment_digest(payment, self.chain[0], point))
        arguments = (format_address(buyer.address), until, paid[64], paid[:32], paid[32:64])
        self.send(RELAY, "buy", tuple(order.values()), seller.sign_digest(digest), arguments)
        self.nonces[token_id] += 1

    def plain_transfer(self, holder: Signer, token_id: int, receiver: Signer) -> None:
        accounts = (format_address(holder.address), format_address(receiver.address))
        self.send(holder, "transferFrom", *accounts, token_id)

    def order(self, kind: str, token_id: int, fields: dict[str, Any]) -> dict[str, Any]:
        known = {**fields, "tokenId": token_id, "nonce": self.nonces[token_id], "deadline": self.alliance.now() + DAY}
        return {name: known[name] for name, _ in founders.ORDERS[kind]}

    def send(self, sender: Signer, function: str, *arguments: object) -> None:
        data = load_artifact("FounderMembership").functions[function].encode(*arguments)
        send_all(self.alliance.rpc, sender, [(function, self.contract, data, 400_000)], mine=self.alliance.mine)
