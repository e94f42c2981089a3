"""What the events say of founder memberships; holders and accounts are integers, amounts alliance units."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Membership:
    """One token. `approved`: who may move it besides its owner; 0 for nobody."""

    owner: int
    nonce: int = 1
    last_month: int = 0
    approved: int = 0


@dataclass(slots=True)
class Founders:
    """`signed`: tokens whose holder's signature acted in the transaction that is being taken; `grants` and `moved` are
    its grants and the points that its sales must move, by account; `before` what those accounts had.
    `operators`: by holder, who was ever named, and whether they may now."""

    tokens: dict[int, Membership] = field(default_factory=dict)
    held: dict[int, int] = field(default_factory=dict)
    operators: dict[int, dict[int, bool]] = field(default_factory=dict)
    issued: int = 0
    sponsor_brand: int = 0
    treasury: int = 0
    royalty_bps: int = 0
    desk: int = 0
    description: bytes = b""
    grants_paid: int = 0
    sales: int = 0
    vault: int = 0
    signed: list[int] = field(default_factory=list)
    grants: int = 0
    moved: dict[int, int] = field(default_factory=dict)
    before: dict[int, int] = field(default_factory=dict)

    def move(self, token_id: int, sender: int, receiver: int) -> None:
        """As the event says; a mint makes the token."""
        token = self.tokens.get(token_id)
        if token is None:
            self.tokens[token_id] = Membership(receiver)
        else:
            token.owner, token.nonce, token.approved = receiver, token.nonce + 1, 0
        if sender:
            self.held[sender] = self.held.get(sender, 0) - 1
        self.held[receiver] = self.held.get(receiver, 0) + 1
