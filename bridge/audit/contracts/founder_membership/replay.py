"""Each event of the founder memberships: checked against the model, then taken as the fact."""

from collections.abc import Iterator

from bridge.audit.contracts.alliance_clock import Clock
from bridge.audit.contracts.alliance_point import Token
from bridge.audit.contracts.founder_membership.orders import SignedOrder, order_of
from bridge.audit.contracts.founder_membership.state import Founders, Membership
from bridge.audit.contracts.under_way import UnderWay
from bridge.audit.findings import Check, Finding
from bridge.audit.scene import Scene
from bridge.chain.hexadecimal import MalformedChainData
from bridge.protocol.claims import claim_address
from bridge.protocol.founders import CAP, GRANT_UNITS, month_of, month_text
from bridge.protocol.promises import forbidden_promises

CAPPED = Check("founders-issued", "INV-22", "memberships are numbered from 1 without gap, and are at most 10,000")
MOVED = Check(
    "founders-moved", "INV-25", "a membership moves by its holder's signature or as ERC-721 allows the sender"
)
SIGNED = Check("founders-signed", "INV-25", "each signed order is its holder's, in time, for the nonce of the moment")
GRANTED = Check(
    "founders-granted", "INV-23", "one grant per token and calendar month, to a claim of the terms' sponsor"
)
VAULT = Check("founders-vault", "INV-24", "the vault pays grants and nothing else, each exactly 100,000 units")
TEXT = Check(
    "founders-text", "R-NFT-4", "the description on the ledger promises no return, in Chinese or English (a word list)"
)
SOLD = Check("founders-sold", "INV-26", "a sale moves price, royalty and proceeds exactly as signed and announced")


def transfer(scene: Scene, values: list[int]) -> None:
    sender, receiver, token_id = values
    state = scene.alliance.of(Founders)
    if sender == 0:
        scene.run(CAPPED, _issued(scene, state, token_id))
        state.issued = max(state.issued, token_id)
    else:
        scene.run(MOVED, _moved(scene, state, token_id, sender))
    state.move(token_id, sender, receiver)


def approval(scene: Scene, values: list[int]) -> None:
    _, approved, token_id = values
    token = scene.alliance.of(Founders).tokens.get(token_id)
    if token is not None:
        token.approved = approved


def approval_for_all(scene: Scene, values: list[int]) -> None:
    owner, operator, allowed = values
    scene.alliance.of(Founders).operators.setdefault(owner, {})[operator] = bool(allowed)


def signature_used(scene: Scene, values: list[int]) -> None:
    token_id, digest, nonce = values
    state = scene.alliance.of(Founders)
    scene.run(SIGNED, _signed(scene, state, token_id, digest, nonce))
    state.signed.append(token_id)


def signatures_cancelled(scene: Scene, values: list[int]) -> None:
    token_id, nonce = values
    token = scene.alliance.of(Founders).tokens.get(token_id)
    if token is not None:
        token.nonce = nonce + 1


def grant_paid(scene: Scene, values: list[int]) -> None:
    token_id, _holder, month, sponsor, commitment, deadline, units = values
    state, now = scene.alliance.of(Founders), scene.alliance.of(Clock).read(scene.timestamp)
    token = state.tokens.get(token_id)
    scene.run(GRANTED, _granted(scene, state, token, values, now))
    claim = claim_address(scene.alliance.domains.claim, sponsor, commitment.to_bytes(32, "big"), deadline)
    _expect(scene, scene.addresses["FounderMembership"], -GRANT_UNITS)
    _expect(scene, int.from_bytes(claim, "big"), GRANT_UNITS)
    scene.alliance.of(UnderWay).add(sponsor, int.from_bytes(claim, "big"))
    if units != GRANT_UNITS:
        scene.find(VAULT.failed(f"a grant of {GRANT_UNITS} units", units, scene.where))
    state.grants += 1
    state.grants_paid += 1
    if token is not None:
        token.last_month = month


def sold(scene: Scene, values: list[int]) -> None:
    _token_id, seller, buyer, price, royalty, treasury = values
    state = scene.alliance.of(Founders)
    due = price * state.royalty_bps // 10_000
    wrong = []
    if (royalty, treasury) != (due, state.treasury):
        announced = f"royalty {due} to 0x{state.treasury:040x}"
        wrong = [SOLD.failed(announced, f"{royalty} to 0x{treasury:040x}", scene.where)]
    scene.run(SOLD, wrong)
    for account, units in ((buyer, -price), (treasury, royalty), (seller, price - royalty)):
        _expect(scene, account, units)
    state.sales += 1


def terms_set(scene: Scene, values: list[int]) -> None:
    state = scene.alliance.of(Founders)
    state.sponsor_brand, state.treasury, state.royalty_bps = values


def desk_set(scene: Scene, values: list[int]) -> None:
    scene.alliance.of(Founders).desk = values[0]


def description_set(scene: Scene, values: list[int]) -> None:
    text = scene.text(0)
    scene.alliance.of(Founders).description = text
    promises = forbidden_promises(text.decode("utf-8", "replace"))
    found = [TEXT.failed("no promise of return", f"{one.phrase!r} ({one.language})", scene.where) for one in promises]
    scene.run(TEXT, found)


def close_transaction(scene: Scene) -> None:
    """Points moved as the transaction's grants and sales say, and nothing else left the vault."""
    state, token = scene.alliance.of(Founders), scene.alliance.of(Token)
    contract = scene.addresses["FounderMembership"]
    for account, units in state.moved.items():
        check = VAULT if account == contract else SOLD if state.grants == 0 else VAULT
        moved = token.balances.get(account, 0) - state.before[account]
        differs = check.failed(f"{units} units moved at 0x{account:040x}", moved, scene.where)
        scene.run(check, [differs] if moved != units else [])
    now = token.balances.get(contract, 0)
    left = state.vault - now
    if left > GRANT_UNITS * state.grants:
        scene.find(VAULT.failed(f"{state.grants} grants paid", f"{left} units left the vault", scene.where))
    state.vault = now
    state.signed, state.grants, state.moved, state.before = [], 0, {}, {}


def _expect(scene: Scene, account: int, units: int) -> None:
    """The points of this account must move by so many units in this transaction."""
    state = scene.alliance.of(Founders)
    if account not in state.before:
        state.before[account] = scene.alliance.of(Token).balances.get(account, 0)
    state.moved[account] = state.moved.get(account, 0) + units


def _issued(scene: Scene, state: Founders, token_id: int) -> Iterator[Finding]:
    if token_id != state.issued + 1 or token_id > CAP:
        yield CAPPED.failed(f"membership {state.issued + 1} of {CAP}", token_id, scene.where)


def _moved(scene: Scene, state: Founders, token_id: int, sender: int) -> Iterator[Finding]:
    token = state.tokens.get(token_id)
    if token is None or token.owner != sender:
        yield MOVED.failed("a transfer from the holder", f"membership {token_id} from 0x{sender:040x}", scene.where)
        return
    if token_id in state.signed:
        return
    if scene.call_of("FounderMembership") is None:
        yield MOVED.unchecked("the holder's own call", "the call came through another contract", scene.where)
        return
    caller = scene.sender()
    if caller is None:
        yield MOVED.unchecked("the holder's own call", "its signature cannot be read", scene.where)
    elif caller not in (token.owner, token.approved) and not state.operators.get(token.owner, {}).get(caller):
        yield MOVED.failed("a signature or a call by the holder or who may", f"0x{caller:040x}", scene.where)


def _signed(scene: Scene, state: Founders, token_id: int, digest: int, nonce: int) -> Iterator[Finding]:
    found = _order(scene)
    token = state.tokens.get(token_id)
    if found is None:
        yield SIGNED.unchecked("the signed order in the calldata", "it came through another contract", scene.where)
        return
    if (found.token_id, found.digest, found.nonce) != (token_id, digest, nonce):
        yield SIGNED.failed(f"order {digest:064x}", f"order {found.digest:064x}", scene.where)
    if token is None or found.signer != token.owner:
        yield SIGNED.failed(f"the holder of membership {token_id}", f"signer {found.signer}", scene.where)
    elif nonce != token.nonce:
        yield SIGNED.failed(f"nonce {token.nonce} of membership {token_id}", nonce, scene.where)
    now = scene.alliance.of(Clock).read(scene.timestamp)
    if found.deadline <= now:
        yield SIGNED.failed(f"a deadline after {now}", found.deadline, scene.where)


def _order(scene: Scene) -> SignedOrder | None:
    transaction = scene.call_of("FounderMembership")
    if transaction is None:
        return None
    try:
        return order_of(transaction, scene.addresses["FounderMembership"].to_bytes(20, "big"))
    except MalformedChainData:
        return None


def _granted(scene: Scene, state: Founders, token: Membership | None, values: list[int], now: int) -> Iterator[Finding]:
    token_id, holder, month, sponsor, _, deadline, _ = values
    if token is None or token.owner != holder or token_id not in state.signed:
        yield GRANTED.failed(f"the holder of membership {token_id}, who signed", f"0x{holder:040x}", scene.where)
    if month != month_of(now):
        yield GRANTED.failed(f"month {month_text(month_of(now))}", month_text(month), scene.where)
    if token is not None and month <= token.last_month:
        yield GRANTED.failed(f"a month after {month_text(token.last_month)}", month_text(month), scene.where)
    if sponsor != state.sponsor_brand:
        yield GRANTED.failed(f"sponsor {state.sponsor_brand}", sponsor, scene.where)
    if not now < deadline <= now + scene.alliance.rules.claim_window:
        yield GRANTED.failed("a claim deadline within the desk's window", deadline, scene.where)
