"""The report's words in Chinese, in one table: what each check shows, what no audit proves, and where something is.

Owns the words of the page for people. The JSON stays English: one report, one text to sign.
"""

import re

CHECKS = {
    "address-book-block": "首次部署所在的区块，就是地址簿所指的区块",
    "checkpoint": "您上次审计记下的区块仍在链上",
    "nothing-before": "在读取的第一个区块之前，联盟的合约都不存在",
    "contract-code": "地址簿中的每个合约在被审计的区块上都有代码",
    "header-hash": "区块的哈希就是所示区块头的哈希",
    "parent-hash": "每个区块都指向前一区块的哈希，编号不间断",
    "transactions-root": "所示交易就是该区块的全部交易，未被改动",
    "receipts-root": "所示回执与日志就是该区块的全部，未被改动",
    "block-seals": "在 QBFT 链上，每个区块都有至少 ⌈2N/3⌉ 个验证者签封",
    "known-events": "联盟合约的每个事件都是本审计程序能读懂的",
    "contract-creation": "每个合约都以地址簿的参数和伙伴合约创建",
    "contract-source": "每个合约都由审计者所编译的代码创建",
    "contract-recompiled": "链上每个合约的代码就是审计者由源码编译所得",
    "storage-access": "每个合约都服从地址簿中的 AccessManager，名称正确",
    "function-roles": "每个受限函数只对其所属角色开放",
    "guardian-without-delay": "守护者可以立即暂停：其角色没有延迟",
    "storage-roles": "角色、延迟和函数的角色就是最后公布的那些",
    "alliance-clock": "时钟事件写明的联盟时间和暂停秒数正确",
    "storage-clock": "时钟的暂停就是公布的那些，并服从 AccessManager",
    "desks": "只有地址簿中的兑换台和清算所获准",
    "brand-ids": "品牌编号从 1 开始，已登记的品牌编号不变",
    "hot-key-of-one-brand": "一把热密钥永远最多属于一个品牌",
    "status-change": "只能在结清后由“仅退出”转为“已关闭”且不再改变；违约者不能为活动状态",
    "closed-supply": "品牌关闭时，它发行的积分没有在途的：全部已领取或已退回",
    "credit-cover": "除非部署时声明不采用，任何信用额度都不会提高到超出担保基金所能覆盖",
    "storage-brand": "每个品牌的密钥、状态和限额就是最后公布的那些",
    "storage-limiter": "每个品牌的限速器记录的就是其批次所用的量",
    "storage-desks": "获准的兑换台就是最后公布的那些",
    "rate-versions": "品牌的汇率版本从 1 连续编号，最多一个待生效",
    "rate-dates": "汇率的日期是其区块的联盟时间，且不早于此生效",
    "rate-notice": "变差的汇率或超过上限的变动须等满公告期",
    "rate-guarantee": "在品牌承诺的日期之前，汇率不会变差",
    "rate-round-trip": "同时可用的任何进出汇率都不会使积分增多",
    "storage-rate": "每个品牌的汇率版本就是公布的那些",
    "batch-poster": "批次由该品牌当时的热密钥签名",
    "batch-sequence": "品牌的批次编号各用一次，不间断",
    "batch-items": "交易中的条目，就是其哈希和数量被写入事件的那些",
    "one-outcome-per-item": "每个条目恰有一个“已兑换”或“已拒绝”的结果",
    "item-decision": "每个条目都按规则被接受或以相应理由被拒绝",
    "rate-applied": "金额符合条目所指的汇率版本",
    "claim-emptied-once": "领取或退回会销毁其领取地址的全部余额",
    "budget-kept": "预算支付的不会多于其赞助品牌为它发行的",
    "mints-match-items": "只有被接受的条目才能在其地址上增发和销毁积分",
    "credit-limit": "发行之后，品牌的头寸不低于其限额",
    "rate-limit": "发行量不超过品牌限速器所余",
    "position-recorded": "清算所记录的恰是条目所发行和赎回的",
    "budget-time": "预算在期限前支用，期限起只能关闭",
    "wallet-intent": "钱包的积分按持有人的签名移动一次，且不超过余额",
    "signed-minimum": "从钱包兑出所付不少于签名中的最低数",
    "storage-sequence": "兑换台记录的各品牌最后批次号就是最后所见的",
    "storage-nonce": "每个钱包的序号就是其已执行指令的数目",
    "supply": "供应量 = 发行合计 − 赎回合计 = 余额合计，且没有负余额",
    "positions": "头寸合计 = 池中现金 + 池亏空 − 供应量",
    "storage-supply": "代币总供应量就是事件加总所得",
    "storage-balance": "每个持有人的余额就是事件加总所得",
    "storage-authorization": "已使用或已撤销的签名授权保持不变",
    "storage-allowance": "任何授权额度都不高于其所有人最后批准的",
    "payment-totals": "每个付款和核销事件都写明新的合计",
    "storage-position": "已发行、已赎回、已付和池中现金就是事件加总所得",
    "fund-shares": "违约先用违约者自己的份额，再按比例用全体份额",
    "storage-fund": "担保基金的现金和份额就是其事件加总所得",
    "epoch-close": "上一期付清后才关闭新的一期，并写明当时的账目",
    "statement-lines": "结算单逐一列出每个品牌及其关闭时的头寸",
    "statement-balance": "应收 + 供应量 = 应付 + 现金 + 亏空；哈希为重新计算所得",
    "epoch-phases": "各期处于关闭、付款或已付阶段，与其行和未付款一致，到期日为付款期之末",
    "payments": "每笔付款属于本期、为整分，且不超过未付的数额",
    "payments-signed": "每笔银行付款都由当时的司库和该品牌当时的结算密钥签名",
    "settlement-callers": "由司库关闭和申报各期，由该品牌的冷密钥同意上限",
    "payouts-backed": "任何付款都不动用支持关闭时在外积分的资金",
    "bank-references": "每个银行参考号只计一次",
    "nobody-else-pays": "各品牌所付与结算事件逐一相符",
    "waterfall": "违约确已逾期，并按次序分文不差地承担",
    "assessments": "分摊按约定上限的比例，绝不超过上限",
    "custody": "池中现金、基金和抵押品等于收入减支出，为整分",
    "storage-settlement": "各期、各行、上限和分摊就是事件加总所得",
    "log-heads": "品牌的日志头每日一个、按序；其日志从不缩短或被替换",
    "statements": "品牌的报表每月一份、按序，各建立在已锚定的日志头上",
    "statement-dates": "报表截止时该月已结束，其汇率已公布",
    "records-signed": "每个日志头和报表都由该品牌当时的热密钥签名",
    "storage-statement": "日志头和报表与其事件一致",
    "founders-issued": "会员证从 1 连续编号，最多 10,000 张",
    "founders-moved": "会员证只凭持有人签名或 ERC-721 允许的发送者转移",
    "founders-signed": "每个签名指令都出自持有人、未过期、序号正确",
    "founders-granted": "每张会员证每个自然月一次赠送，发往条款所定赞助品牌的领取地址",
    "founders-vault": "金库只支付赠送，每次恰为 100,000 单位",
    "founders-sold": "出售按签名和公布的条件移动价款、版税和所得",
    "founders-text": "链上说明文字不含任何中英文的收益承诺（按词表）",
    "storage-founders": "持有人、序号、月份和条款就是事件加总所得",
    "storage-proofs": "存储证明由区块的状态根通到每个槽位",
    "storage-complete": "除事件所述之外没有任何存储：没有隐藏的余额",
    "node-items": "节点的条目就是链上的条目，种类、积分和单位相同",
    "node-totals": "节点的发行和赎回合计与链上相同",
    "node-suspense": "节点列为待查的条目确在链上，并计入其合计",
    "statement-files": "公布的报表文件就是账本上的报表",
    "statement-totals": "报表的根展开为其合计，两半均不为负",
    "log-consistency": "品牌日志的每个头都延续前一个",
    "inclusion-proofs": "所给的包含证明通向账本上的报表",
}
LIMITS = {
    "that the chain was not replaced as a whole": (
        "整条链没有被替换",
        "没有提供上次审计的 --checkpoint 区块:哈希，且开发链没有共识可查；请保存本报告的区块与哈希，下次提供",
    ),
    "that the chain before your checkpoint was not replaced before you first saw it": (
        "在您首次看到之前，检查点以前的链没有被替换",
        "您的检查点是唯一的锚；开发链没有共识可查",
    ),
    "that the first block's validators are those whom the alliance chose, and that fewer than a third lie": (
        "首个区块的验证者确是联盟所选，且撒谎者不到三分之一",
        "签封自首个区块起检查；其验证者凭地址簿的区块哈希取信",
    ),
    "that the validators agreed on these blocks": (
        "验证者确已就这些区块达成一致",
        "区块头、交易、收据与存储已对照被审区块的哈希证明，但 Snowman 的投票不在区块头中；"
        "请与其他运营方的验证者所示哈希比对，并保存为下次的 --checkpoint",
    ),
    "that the members agreed to the conversions made for them": (
        "会员同意为其进行的兑换",
        "同意记录在品牌自己的封存日志中：由品牌声明，会员从未签名",
    ),
    "that a brand credited its member after a claim, or gave back the points after a return": (
        "品牌在领取后给会员入账，或在退回后归还积分",
        "入账发生在品牌自己的账本里；只有会员看得到",
    ),
    "that amounts between brands were paid at the bank": (
        "品牌之间的款项已在银行支付",
        "每笔银行付款由司库和品牌的结算密钥声明；资金在账本之外移动，只有双方的银行对账单能显示",
    ),
    "that a brand's statement lists every member with all their points": (
        "品牌的报表列出了每个会员及其全部积分",
        "被遗漏者不在任何树中：只有会员自己核对（`alliance verify-inclusion`）才能发现",
    ),
    "that a brand's log holds every purchase, and that its larger log continues the smaller one": (
        "品牌的日志包含每笔消费，且较大的日志延续较小的",
        "账本只有日志头而没有事件；提供报表文件（--statements）可证明其只增不减，会员持有自己每个事件的证明",
    ),
    "that the operators, risk managers and guardians acted wisely": (
        "运营者、风险管理者和守护者的做法明智",
        "其限额、品牌和暂停均被重放并列出，但是否恰当属于判断",
    ),
    "that the code on chain is that of the published sources": (
        "链上代码就是公布的源码",
        "代码只与本程序附带的构建比较；使用 --sources 可重新编译源码并比较代码本身",
    ),
    "that the guarantee fund covers the two largest credit lines": (
        "担保基金覆盖两个最大的信用额度",
        "本联盟部署时未采用该规则（地址簿中 cover_rule 为 false）：品牌可欠多少仅由其运营者决定",
    ),
    "whose the items are that a node keeps in suspense": (
        "节点列为待查的条目属于谁",
        "节点承认它们记在自己账上而不属于任何会员；批次、条目和单位见 totals.node_suspense",
    ),
}
_PLACES = (
    (r"end of replay", "重放结束时"),
    (r"(\w+) at block (\d+)", r"区块 \2 的 \1"),
    (r"creation of (\w+)", r"\1 的创建"),
    (r"a member's proof", "会员的证明"),
    (r"\bblock (\d+)", r"区块 \1"),
    (r"\btransaction (\d+)", r"交易 \1"),
    (r"\bbrand (\d+)", r"品牌 \1"),
    (r"\bbatch (\d+)", r"批次 \1"),
    (r"\bitem (\d+)", r"条目 \1"),
    (r"\bmembership (\d+)", r"会员证 \1"),
    (r"\bepoch (\d+)", r"第 \1 期"),
    (r"\bslot\b", "槽位"),
    (r"\bpath\b", "路径"),
    (r"\bbalance of\b", "余额："),
)


def check(name: str, statement: str) -> str:
    """What a check shows; its own statement if the table doesn't know it."""
    return CHECKS.get(name, statement)


def limit(what: str, why: str) -> tuple[str, str]:
    """What can't be proven, and why."""
    return LIMITS.get(what, (what, why))


def place(where: str) -> str:
    """Where something was found; names and numbers stay."""
    for pattern, chinese in _PLACES:
        where = re.sub(pattern, chinese, where)
    return where
