"""AlliancePoint: who holds how many units, and the supply, which must be what the clearing house's totals say."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.audit.contract import ContractAudit, Expected, entry, packed, partners, text_words
from bridge.audit.contracts.access_manager import ACCESS, authority
from bridge.audit.contracts.admitted_desks import DESKS, desk_set, desk_words
from bridge.audit.contracts.admitted_desks import STORED as STORED_DESKS
from bridge.audit.contracts.clearing_house import Positions
from bridge.audit.findings import Check, Finding
from bridge.audit.model import Alliance
from bridge.audit.scene import Scene
from bridge.deploy.address_book import AddressBook

MINTS = Check("mints-match-items", "INV-1", "units are minted and burnt by accepted items alone, at their addresses")
POSITIONS = Check("positions", "INV-2", "Σ positions = pool cash + pool deficit − supply")
SUPPLY = Check("supply", "INV-1", "supply = Σ issued − Σ redeemed = Σ balances, and no balance is below zero")
AUTHORIZATION = Check("storage-authorization", "INV-1", "a signed authorization that was used or cancelled stays so")
ALLOWANCE = Check("storage-allowance", "INV-1", "no allowance is above what its owner approved last")
STORED_SUPPLY = Check("storage-supply", "INV-1", "the token's total supply is what the events add up to")
STORED_BALANCE = Check("storage-balance", "INV-1", "each holder's balance is what the events add up to")
# Base contracts declare `_balances` and others too: the last of a name is the one in use.
_BALANCES, _SUPPLY, _DESKS, _PAUSED_AND_AUTHORITY = 11, 12, 10, 9
_ALLOWANCES, _NAME, _SYMBOL, _NONCES, _USED_NONCES = 1, 3, 4, 7, 8


@dataclass(slots=True)
class Token:
    """`balances` keeps emptied holders too, so that storage is checked for them. `approvals`: owner -> spender -> units
    last approved; `approved`: how often; `authorizations`: signer -> nonces used or cancelled."""

    balances: dict[int, int] = field(default_factory=dict)
    supply: int = 0
    paused: bool = False
    approvals: dict[int, dict[int, int]] = field(default_factory=dict)
    approved: dict[int, int] = field(default_factory=dict)
    authorizations: dict[int, set[int]] = field(default_factory=dict)

    def move(self, sender: int, receiver: int, alliance_units: int) -> None:
        """A Transfer: from 0 is a mint, to 0 a burn. A balance may go below zero here; a check says so."""
        if sender:
            self.balances[sender] = self.balances.get(sender, 0) - alliance_units
        else:
            self.supply += alliance_units
        if receiver:
            self.balances[receiver] = self.balances.get(receiver, 0) + alliance_units
        else:
            self.supply -= alliance_units


def _transfer(scene: Scene, values: list[int]) -> None:
    """Mints and burns of an open batch, and all moves of a signed one, wait for its judgement; others count at once."""
    sender, receiver, units = values
    if scene.batch is not None and (scene.batch.is_signed or not (sender and receiver)):
        scene.batch.moves.append((sender, receiver, units))
        return
    scene.alliance.of(Token).move(sender, receiver, units)
    if not (sender and receiver):
        scene.find(MINTS.failed("mints and burns inside a batch", f"{units} units outside one", scene.where))


def _approval(scene: Scene, values: list[int]) -> None:
    owner, spender, units = values
    token = scene.alliance.of(Token)
    token.approvals.setdefault(owner, {})[spender] = units
    token.approved[owner] = token.approved.get(owner, 0) + 1


def _authorization(scene: Scene, values: list[int]) -> None:
    scene.alliance.of(Token).authorizations.setdefault(values[0], set()).add(values[1])


def _paused(scene: Scene, values: list[int]) -> None:
    scene.alliance.of(Token).paused = True


def _unpaused(scene: Scene, values: list[int]) -> None:
    scene.alliance.of(Token).paused = False


def supply_is_what_was_issued(alliance: Alliance) -> Iterator[Finding]:
    token, positions = alliance.of(Token), alliance.of(Positions).of_brand.values()
    issued = sum(position.issued for position in positions)
    redeemed = sum(position.redeemed for position in positions)
    held = sum(token.balances.values())
    if not token.supply == issued - redeemed == held:
        expected = f"supply {token.supply} by the token's events"
        yield SUPPLY.failed(expected, f"{issued} issued − {redeemed} redeemed, {held} held", "end of replay")
    for holder, units in token.balances.items():
        if units < 0:
            yield SUPPLY.failed("a balance of at least 0", units, f"holder 0x{holder:040x}")


def positions_add_up(alliance: Alliance) -> Iterator[Finding]:
    positions, supply = alliance.of(Positions), alliance.of(Token).supply
    total = sum(position.balance for position in positions.of_brand.values())
    expected = positions.pool_cash + positions.deficit - supply
    if total != expected:
        yield POSITIONS.failed(expected, total, "end of replay")


def _storage(alliance: Alliance, book: AddressBook) -> Iterator[Expected]:
    token = alliance.of(Token)
    yield Expected(STORED_SUPPLY, "AlliancePoint", _SUPPLY, token.supply, "total supply")
    for holder, units in token.balances.items():
        slot = entry(_BALANCES, holder)
        what = f"balance of 0x{holder:040x}"
        yield Expected(STORED_BALANCE, "AlliancePoint", slot, units, what)
    yield from desk_words(alliance, "AlliancePoint", _DESKS)
    word = packed((token.paused, 0), (authority(book), 1))
    yield Expected(ACCESS, "AlliancePoint", _PAUSED_AND_AUTHORITY, word, "authority, and whether it is paused")
    for slot, text, what in ((_NAME, b"Alliance Point", "name"), (_SYMBOL, b"ALP", "symbol")):
        for place, value in text_words(slot, text):
            yield Expected(ACCESS, "AlliancePoint", place, value, what)
    yield from _allowances(token)
    for signer, nonces in token.authorizations.items():
        for nonce in sorted(nonces):
            slot = entry(_USED_NONCES, signer, nonce)
            yield Expected(AUTHORIZATION, "AlliancePoint", slot, 1, f"authorization {nonce:#x} of 0x{signer:040x}")


def _allowances(token: Token) -> Iterator[Expected]:
    """An allowance is used up, and a permit uses a nonce, without an event of its own: the highest is what was approved
    last, and one nonce for each approval."""
    for owner, spenders in token.approvals.items():
        slot, what = entry(_NONCES, owner), f"permits of 0x{owner:040x}"
        yield Expected(ALLOWANCE, "AlliancePoint", slot, 0, what, token.approved[owner])
        for spender, units in spenders.items():
            slot, what = entry(_ALLOWANCES, owner, spender), f"allowance of 0x{owner:040x} to 0x{spender:040x}"
            yield Expected(ALLOWANCE, "AlliancePoint", slot, 0, what, units)


AUDIT = ContractAudit(
    name="AlliancePoint",
    events={
        "Transfer(*address,*address,uint256)": _transfer,
        "Approval(*address,*address,uint256)": _approval,
        "DeskSet(*address,bool)": desk_set,
        "Paused(address)": _paused,
        "Unpaused(address)": _unpaused,
        "AuthorizationUsed(*address,*bytes32)": _authorization,
        "AuthorizationCanceled(*address,*bytes32)": _authorization,
        "AuthorityUpdated(address)": None,
    },
    checks=(
        DESKS,
        MINTS,
        SUPPLY,
        POSITIONS,
        STORED_SUPPLY,
        STORED_BALANCE,
        STORED_DESKS,
        ACCESS,
        AUTHORIZATION,
        ALLOWANCE,
    ),
    constructor=partners("AccessManager"),
    storage=_storage,
    at_end=((SUPPLY, supply_is_what_was_issued), (POSITIONS, positions_add_up)),
    layout={
        "_balances": (_BALANCES, 0),
        "_supply": (_SUPPLY, 0),
        "isDesk": (_DESKS, 0),
        "_paused": (_PAUSED_AND_AUTHORITY, 0),
        "_authority": (_PAUSED_AND_AUTHORITY, 1),
        "_allowances": (_ALLOWANCES, 0),
        "_name": (_NAME, 0),
        "_symbol": (_SYMBOL, 0),
        "_nonces": (_NONCES, 0),
        "_usedNonces": (_USED_NONCES, 0),
    },
)
