"""Every text of the pages about a member's own wallet, in Chinese and English. Pure data."""

from collections.abc import Mapping

Words = Mapping[str, str]

ENGLISH: Words = {
    "title": "My own wallet",
    "none": "You have linked no wallet. You need none: points move between brands without one.",
    "why": "With a wallet of your own (an EVM account) alliance points are in your hands alone. Nobody can bring them "
    "back if you lose its key.",
    "account": "Your wallet's account (0x…)",
    "link": "Link it",
    "use_browser": "Use this browser's wallet",
    "linked": "Linked since {moment}. No other brand learns of it.",
    "holds": "It holds {points} alliance points.",
    "holds_unknown": "What it holds can't be shown: the alliance ledger does not answer now.",
    "unlink": "Unlink it",
    "put_in": "Take points into the wallet",
    "points": "Points of this brand",
    "ask": "What are they worth?",
    "offer": "{points} points become {alliance} alliance points in your wallet. The offer stands until {moment}.",
    "accept": "Take them there",
    "bring_back": "Bring alliance points from the wallet here",
    "alliance_points": "Alliance points (up to two decimals)",
    "prepare": "Prepare what to sign",
    "pay": "Send alliance points to another account",
    "to": "The other account (0x…)",
    "sign_title": "Sign with your wallet",
    "sign_in_how": "Sign this message with your wallet. It says that the account is yours; it moves nothing and costs "
    "nothing.",
    "sign_convert_how": "Sign this with your wallet: {alliance} alliance points leave it and you get at least {points} "
    "points here. If the ledger has not recorded it by {moment}, the signature ends.",
    "sign_transfer_how": "Sign this with your wallet: {alliance} alliance points go to {account}. If the ledger has "
    "not recorded it by {moment}, the signature ends.",
    "sign_with_browser": "Sign with this browser's wallet",
    "or_paste": "Or sign it elsewhere with the account {account} and paste the signature (0x…):",
    "signature": "Signature",
    "hand_in": "Hand it in",
    "back": "Back to my wallet",
    "to_points": "Back to my points",
    "method_personal_sign": "Kind of signature: personal_sign (EIP-191).",
    "method_eth_signTypedData_v4": "Kind of signature: eth_signTypedData_v4 (EIP-712).",
}

CHINESE: Words = {
    "title": "我自己的钱包",
    "none": "您尚未关联钱包。没有钱包也可以：积分在品牌之间转换并不需要它。",
    "why": "有了自己的钱包（EVM 账户），联盟积分只由您掌管。若丢失密钥，任何人都无法找回。",
    "account": "您钱包的账户（0x…）",
    "link": "关联",
    "use_browser": "使用本浏览器的钱包",
    "linked": "自 {moment} 起关联。其他品牌不会知道。",
    "holds": "其中有 {points} 联盟积分。",
    "holds_unknown": "暂时无法显示余额：联盟账本没有应答。",
    "unlink": "解除关联",
    "put_in": "把积分转入钱包",
    "points": "本品牌积分",
    "ask": "可得多少？",
    "offer": "{points} 分将成为您钱包中的 {alliance} 联盟积分。报价有效至 {moment}。",
    "accept": "转入钱包",
    "bring_back": "把钱包中的联盟积分转回本品牌",
    "alliance_points": "联盟积分（最多两位小数）",
    "prepare": "准备签名内容",
    "pay": "把联盟积分转给其他账户",
    "to": "对方账户（0x…）",
    "sign_title": "用您的钱包签名",
    "sign_in_how": "请用钱包签名以下消息。它说明该账户属于您；不会转移积分，也不收费。",
    "sign_convert_how": "请用钱包签名：{alliance} 联盟积分将从钱包转出，您在本品牌至少获得 {points} 分。"
    "如果到 {moment} 账本仍未记录，签名即失效。",
    "sign_transfer_how": "请用钱包签名：{alliance} 联盟积分将转至 {account}。"
    "如果到 {moment} 账本仍未记录，签名即失效。",
    "sign_with_browser": "用本浏览器的钱包签名",
    "or_paste": "或者用账户 {account} 在别处签名，并粘贴签名（0x…）：",
    "signature": "签名",
    "hand_in": "提交",
    "back": "返回我的钱包",
    "to_points": "返回我的积分",
    "method_personal_sign": "签名方式：personal_sign（EIP-191）。",
    "method_eth_signTypedData_v4": "签名方式：eth_signTypedData_v4（EIP-712）。",
}


def wallet_words(language: str) -> Words:
    """The texts of a language."""
    return CHINESE if language == "zh" else ENGLISH
