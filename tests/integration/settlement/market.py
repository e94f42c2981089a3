"""Brands that trade and settle on a real chain, through the same functions as the command line."""

from dataclasses import dataclass, field

from bridge.chain.rpc import Rpc
from bridge.deploy import settlement
from bridge.deploy.address_book import AddressBook
from bridge.deploy.deploy import view
from bridge.protocol.netting import up_to_fen
from bridge.protocol.payments import Payment, PaymentKind, bank_reference
from tests.chain_fixtures import Alliance
from tests.integration.audit.posting import DAY, claim, convert_in, give_back, post


@dataclass
class Market:
    """Conversions that are claimed at once, and payments that both sides sign. `admin` is the treasurer."""

    alliance: Alliance
    numbers: int = 0
    seqs: dict[int, int] = field(default_factory=dict)
    last_conversion: tuple[int, int] = (0, 0)

    def convert(self, source: int, destination: int, points: int, *, claimed: bool = True) -> None:
        """Points of brand `source` to brand `destination`: one owes, the other is owed."""
        sender, receiver = self.alliance.brands[source - 1], self.alliance.brands[destination - 1]
        deadline = self.alliance.now() + DAY
        self.numbers += 1
        self.last_conversion = (self.numbers, deadline)
        post(self.alliance, sender, self._seq(source), [convert_in(receiver, self.numbers, points, deadline)])
        if claimed:
            post(self.alliance, receiver, self._seq(destination), [claim(sender, self.numbers, deadline)])

    def give_back(self, source: int, destination: int) -> None:
        """The last conversion, which nobody claimed in time, returns to `source`."""
        receiver = self.alliance.brands[destination - 1]
        number, deadline = self.last_conversion
        sender = self.alliance.brands[source - 1]
        post(self.alliance, sender, self._seq(source), [give_back(receiver, number, deadline)])

    def settle(self, *silent: int) -> None:
        """Close, state, pay every due but those of the silent brands, pay out what can be."""
        self.close()
        for brand in self.alliance.brands:
            if brand.brand_id not in silent:
                self.pay_due(brand.brand_id)
        self.pay_out()

    def close(self) -> None:
        """Close and state."""
        settlement.close_epoch(self.rpc, self.book, self.alliance.admin, mine=self.alliance.mine)
        settlement.submit_statement(self.rpc, self.book, self.alliance.admin, mine=self.alliance.mine)

    def pay_due(self, brand_id: int) -> None:
        due = self.state(brand_id).due
        if due:
            self.pay(PaymentKind.DUE, brand_id, up_to_fen(due))

    def pay_out(self) -> None:
        for brand in self.alliance.brands:
            state = self.state(brand.brand_id)
            if state.payout_now and not state.owed_to_fund:
                self.pay(PaymentKind.PAYOUT, brand.brand_id, state.payout_now)

    def pay(self, kind: PaymentKind, brand_id: int, units: int) -> Payment:
        """A bank payment, signed by treasurer and settlement key (in tests the cold key), booked."""
        self.numbers += 1
        epoch = settlement.current_epoch(self.rpc, self.book)
        payment = Payment(kind, brand_id, epoch, units, bank_reference(f"transfer {self.numbers}"))
        treasurer, brand = self.alliance.admin, self.alliance.brands[brand_id - 1].cold
        signatures = [settlement.sign_payment(each, self.book, payment) for each in (treasurer, brand)]
        mine = self.alliance.mine
        settlement.confirm_payment(self.rpc, self.book, treasurer, payment, treasurer.address, signatures, mine=mine)
        return payment

    def agree(self, brand_id: int, units: int) -> None:
        cold = self.alliance.brands[brand_id - 1].cold
        settlement.agree_cap(self.rpc, self.book, cold, brand_id, units, mine=self.alliance.mine)

    def default(self, brand_id: int) -> None:
        """Let the date pass, then declare."""
        self.alliance.mine(settlement.read_epoch(self.rpc, self.book).due_at)
        settlement.declare_default(self.rpc, self.book, self.alliance.admin, brand_id, mine=self.alliance.mine)

    def state(self, brand_id: int) -> settlement.BrandState:
        return settlement.read_brand_state(self.rpc, self.book, brand_id)

    def number(self, contract: str, function: str, *arguments: object) -> int:
        block = self.rpc.call("eth_blockNumber")
        return int(view(self.rpc, self.book.address(contract), contract, function, *arguments, block=block)[0])

    def assert_books_balance(self) -> None:
        """INV-2, from the chain's own figures."""
        ids = [brand.brand_id for brand in self.alliance.brands]
        positions = sum(self.state(one).position for one in ids)
        cash, deficit = self.number("ClearingHouse", "poolCash"), self.number("ClearingHouse", "poolDeficit")
        assert positions == cash + deficit - self.number("AlliancePoint", "totalSupply")

    @property
    def rpc(self) -> Rpc:
        return self.alliance.rpc

    @property
    def book(self) -> AddressBook:
        return self.alliance.book

    def _seq(self, brand_id: int) -> int:
        self.seqs[brand_id] = self.seqs.get(brand_id, 0) + 1
        return self.seqs[brand_id]
