"""One demo run from an empty directory to the summary: chain, nodes, replay, checks. The order of things lives here.

May not decide how anything is done: each step is a module of its own.
"""

import shutil
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console

from alliance_node.adapters.chain.local_alliance import LocalAlliance
from alliance_node.entrypoints.demo import behaviour
from alliance_node.entrypoints.demo.brands import PREFERRED_PORTS, PRESETS, BrandNode, admit_brand, make_node
from alliance_node.entrypoints.demo.cast import GROCERIES, MUSIC, Cast, read_cast
from alliance_node.entrypoints.demo.checks import COMMAND, Checks
from alliance_node.entrypoints.demo.clock import ReplayClock
from alliance_node.entrypoints.demo.conversions import Conversions
from alliance_node.entrypoints.demo.founders import Founders
from alliance_node.entrypoints.demo.node_client import NodeClient
from alliance_node.entrypoints.demo.ports import free_port
from alliance_node.entrypoints.demo.processes import Supervisor
from alliance_node.entrypoints.demo.progress import ReplayBars, Stages
from alliance_node.entrypoints.demo.replay import Replay, ReplayFigures
from alliance_node.entrypoints.demo.settling import Settling
from alliance_node.entrypoints.demo.sources.calendar import start_of_replay, week_ends
from alliance_node.entrypoints.demo.sponsored import Sponsored, sections
from alliance_node.entrypoints.demo.statements import Statements, verify_inclusion
from alliance_node.entrypoints.demo.summary import AllianceSummary, BrandSummary, StatementsSummary, Summary
from alliance_node.entrypoints.demo.wallets import Wallets

_CHAIN_PORT = 8545
_DAY = 86_400
SIMULATED = (
    "redemptions and conversions follow a seeded rule (docs/demo.md), as does which music customer is which household, "
    "who holds a founder membership and who has a wallet; "
    "names and e-mail addresses are invented; purchases, dates, amounts and two-brand households are real"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the user asked for."""

    scale: float
    seed: int
    weeks: int
    directory: Path


@dataclass(slots=True)
class DemoRun:
    """The parts of a run as they come to life."""

    plan: Plan
    console: Console
    supervisor: Supervisor
    alliance: LocalAlliance = field(init=False)
    nodes: list[BrandNode] = field(init=False)
    clients: dict[str, NodeClient] = field(init=False)
    clock: ReplayClock = field(init=False)
    stages: Stages = field(init=False)
    settling: Settling = field(init=False)
    travellers: dict[str, str] = field(default_factory=dict)
    statements: Statements = field(init=False)
    founders: Founders = field(init=False)
    sponsored: Sponsored = field(init=False)
    wallets: Wallets = field(init=False)

    def prepare(self) -> Cast:
        """Read the data, start the chain and the nodes; everything is reachable afterwards."""
        self.stages = Stages(self.console)
        with self.stages.stage("read_data", "data read"):
            cast = read_cast(self.plan.scale, self.plan.seed)
        with self.stages.stage("start_chain", "chain started, contracts deployed"):
            self._start_chain()
        with self.stages.stage("start_nodes", "three brands admitted, their nodes started"):
            self._start_nodes()
        self.console.print(f"  chain      {self.alliance.rpc_url}  (address book {self.alliance.address_book})")
        for node in self.nodes:
            self.console.print(f"  {node.brand:<10} {node.url}  (directory {node.directory})")
        return cast

    def _start_chain(self) -> None:
        chain = self.plan.directory / "chain"
        LocalAlliance(chain, genesis=0).stop()
        for stale in (chain, self.plan.directory / "nodes", self.plan.directory / "statements"):
            shutil.rmtree(stale, ignore_errors=True)
        genesis = start_of_replay() - _DAY
        self.alliance = LocalAlliance(chain, genesis=genesis, port=free_port(_CHAIN_PORT))
        self.alliance.start()

    def _start_nodes(self) -> None:
        ports: dict[str, int] = {}
        for brand, preferred in PREFERRED_PORTS.items():
            ports[brand] = free_port(preferred, ports.values())
        admitted = [admit_brand(self.alliance, brand) for brand in PRESETS]
        self.nodes = [
            make_node(self.plan.directory / "nodes" / brand, brand, ports[brand], self.alliance, on_chain, more)
            for brand, on_chain in zip(PRESETS, admitted, strict=True)
            for more in [sections(brand, admitted[0].brand_id)]
        ]
        for node in self.nodes:
            argv = [*COMMAND, "node", "serve", "--dir", str(node.directory)]
            self.supervisor.start(node.brand, argv, node.environment)
        self.clients = {node.brand: NodeClient(node.brand, node.url, node.api_key) for node in self.nodes}
        for brand, client in self.clients.items():
            self.supervisor.wait_ready(brand, client.is_healthy)
        self.clock = ReplayClock(self.alliance, self.clients.values(), now=0)
        self.clock.advance(start_of_replay())

    def replay(self, cast: Cast) -> ReplayFigures:
        """The year."""
        weeks = self.plan.weeks
        at_a_time = behaviour.conversions_a_time(self.plan.scale, weeks)
        conversions = Conversions(self.clients, self.clock, self.supervisor.check_alive)
        self.statements = Statements(self.clients, self.clock, self.plan.directory / "statements")
        end = self._end()
        purchases = sum(p.occurred_at < end for brand in cast.brands.values() for p in brand.purchases)
        expected = at_a_time * sum(map(behaviour.is_conversion_week, range(weeks)))
        random = Random(self.plan.seed)  # noqa: S311 a repeatable rule, no secret
        bars = ReplayBars(self.console, weeks, purchases, expected)
        self.settling = Settling(self.alliance, self.clock)
        advance, settle = bars.advance, self.settling.month
        self.founders = self._founders(cast)
        check = self.supervisor.check_alive
        own = Random(f"sponsored {self.plan.seed}")  # noqa: S311 a repeatable rule, no secret
        self.sponsored = Sponsored(self.nodes, self.clients, self.clock, own, check)
        self.wallets = Wallets(self.clients, self.clock, cast.people, self.plan.seed, check)
        parts = (conversions, self.statements, random, self.founders, self.sponsored, self.wallets)
        replay = Replay(cast, self.clients, self.clock, *parts, advance, settle)
        with self.stages.stage("replay", "the year is replayed", quiet=True), bars:
            figures = replay.run(weeks, at_a_time)
        self.travellers = figures.travellers
        return figures

    def _founders(self, cast: Cast) -> Founders:
        """Groceries sponsors; grants are credited to music's members."""
        sponsor = next(node for node in self.nodes if node.brand == GROCERIES)
        members = sorted(cast.brands[MUSIC].members.values(), key=lambda member: member.joins_at)
        check = self.supervisor.check_alive
        return Founders(self.alliance, self.clock, sponsor, self.clients[MUSIC], members, self.plan.seed, check)

    def page_links(self) -> dict[str, str]:
        """By brand: a link that opens the page of a member who converted, once within 15 minutes."""
        links = {}
        for brand, member_id in self.travellers.items():
            links[brand] = str(self.clients[brand].post(f"/v1/members/{member_id}/page-links", {})["url"])
        return links

    def summarise(self, figures: ReplayFigures, report: Path) -> Summary:
        """Sweep to the end of the year, ask nodes, chain and auditor, and put their answers together."""
        for client in self.clients.values():
            client.post("/v1/jobs/expiry-sweep", {})
            client.post("/v1/jobs/tier-evaluation", {})
        with self.stages.stage("statements", "heads and statements on chain, files written, checked by members"):
            statements = self._statements()
        block = self.alliance.head()
        checks = Checks(self.alliance.rpc_url, self.alliance.address_book, self.nodes, self.supervisor.logs)
        with self.stages.stage("audit", "audited by `alliance audit`"):
            audit = checks.audit(block, report, self.statements.directory)
        with self.stages.stage("reconcile", "nodes reconciled with the chain"):
            reconciled = checks.reconcile()
        with self.stages.stage("rebuild", "databases rebuilt from their event logs and compared"):
            rebuilt = checks.rebuild()
        seconds = {**self.stages.seconds, **{f"replay.{k}": round(v, 2) for k, v in figures.seconds.items()}}
        return Summary(
            scale=self.plan.scale,
            seed=self.plan.seed,
            simulated=SIMULATED,
            brands=self._brands(figures),
            conversions=dict(figures.conversions),
            refused=dict(figures.refused + self.sponsored.refusals),
            alliance=self._alliance(block),
            statements=statements,
            founders=self.founders.summary(),
            sponsored=self.sponsored.summary(),
            wallets=self.wallets.summary(),
            audit=audit,
            reconcile=reconciled,
            rebuild=rebuilt,
            seconds=seconds,
            rates=_rates(figures, self.stages.seconds["replay"]),
        )

    def _statements(self) -> StatementsSummary:
        with ThreadPoolExecutor(len(self.clients)) as pool:
            self.statements.month(pool)
        made = self.statements.write_files()
        verify = verify_inclusion(self.alliance.rpc_url, self.alliance.address_book, self.supervisor.logs)
        return self.statements.check_as_members(self.travellers, made, verify)

    def _brands(self, figures: ReplayFigures) -> dict[str, BrandSummary]:
        with ThreadPoolExecutor(len(self.clients)) as pool:
            totals = pool.map(lambda client: client.get("/v1/totals"), self.clients.values())
            return {
                brand: brand_summary(each, Counter(figures.tiers[brand].values()), figures.redemptions[brand])
                for brand, each in zip(self.clients, totals, strict=True)
            }

    def _alliance(self, block: int) -> AllianceSummary:
        on_chain = [node.on_chain for node in self.nodes]
        positions = self.alliance.positions(block, on_chain)
        return AllianceSummary(
            supply=self.alliance.supply(block),
            pool_cash=self.alliance.pool_cash(block),
            positions={node.brand: positions[node.on_chain.code].net for node in self.nodes},
            block=block,
            epochs=self.settling.epochs,
            settlement_payments=self.settling.payments,
            paid_in=self.settling.paid_in,
            paid_out=self.settling.paid_out,
        )

    def live_on(self, seconds: int) -> None:
        """Keep chain and node clocks in step after the replay."""
        self.clock.advance(self._end() + seconds)

    def _end(self) -> int:
        """The last replayed instant."""
        return week_ends()[self.plan.weeks - 1]

    def stop(self) -> None:
        """Stop the nodes, then the chain they write to."""
        for client in getattr(self, "clients", {}).values():
            client.close()
        self.supervisor.stop_all()
        if hasattr(self, "alliance"):
            self.alliance.stop()


def brand_summary(totals: Mapping[str, Any], tiers: Mapping[str, int], redemptions: int) -> BrandSummary:
    """A node's totals as the summary shows them, with what the replay noted of its answers."""
    names = [name for name in BrandSummary.__struct_fields__ if name not in ("tiers", "simulated_redemptions")]
    of_node = {name: totals[name] for name in names}
    return BrandSummary(**of_node, tiers=dict(sorted(tiers.items())), simulated_redemptions=redemptions)


def _rates(figures: ReplayFigures, replay_seconds: float) -> dict[str, float]:
    purchases, conversions = sum(figures.purchases.values()), sum(figures.conversions.values())
    return {
        "purchases a second while purchases are sent": round(purchases / max(figures.seconds["purchases"], 1e-9), 1),
        "purchases a second over the whole replay": round(purchases / max(replay_seconds, 1e-9), 1),
        "conversions a second while conversions travel": round(
            conversions / max(figures.seconds["conversions"], 1e-9), 1
        ),
    }
