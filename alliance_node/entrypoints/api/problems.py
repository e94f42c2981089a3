"""RFC 9457 problem details: the one form in which the API says no.

Owns the map from typed errors to HTTP statuses. A problem never carries what the client sent, a stack trace or anything
personal: only texts written by us, numbers, and ids of the ledger.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

CONTENT_TYPE = "application/problem+json"

TITLES = {
    400: "The request is malformed",
    401: "An API key is needed",
    403: "This API key may not do that",
    404: "There is no such thing",
    405: "This path does not know that method",
    406: "The answer can not be given in that form",
    409: "The request contradicts an earlier one",
    413: "The request is too large",
    415: "The request must be JSON",
    422: "The request was understood and refused",
    429: "Too many requests",
    500: "The node failed",
    503: "The node can not do that now",
}

TITLES_CHINESE = {
    400: "请求格式不正确",
    401: "需要 API 密钥",
    403: "该 API 密钥无此权限",
    404: "没有这项内容",
    405: "该路径不支持此方法",
    406: "无法以所求格式作答",
    409: "与先前的请求相矛盾",
    413: "请求过大",
    415: "请求须为 JSON",
    422: "请求已理解但被拒绝",
    429: "请求过多",
    500: "节点出错",
    503: "节点暂时无法处理",
}

STATUS_OF_CODE: Mapping[str, int] = {
    "unknown_member": 404,
    "unknown_reference": 404,
    "unknown_conversion": 404,
    "unknown_statement": 404,
    "receipt_unavailable": 503,
    "not_in_statement": 404,
    "statement_not_ready": 409,
    "publication_stopped": 409,
    "unknown_quote": 404,
    "unknown_event": 404,
    "unknown_brand": 404,
    "unknown_program_version": 404,
    "unknown_purchase": 404,
    "unknown_redemption": 404,
    "unknown_redemption_option": 404,
    "unknown_benefit": 404,
    "unknown_draw": 404,
    "unknown_lottery": 404,
    "draw_conflict": 409,
    "draw_not_ready": 409,
    "unknown_founder": 404,
    "unknown_founder_order": 404,
    "founder_link_missing": 404,
    "founder_challenge_invalid": 409,
    "founder_offer_gone": 409,
    "budget_not_open": 409,
    "budget_for_itself": 422,
    "budget_order_conflict": 409,
    "wallet_missing": 404,
    "wallet_sign_in_expired": 409,
    "wallet_nonce_unknown": 409,
    "wallet_nonce_used": 409,
    "wallet_in_use": 409,
    "wallet_intent_nonce_used": 409,
    "wallet_intent_nonce_ahead": 409,
    "wallet_too_many_intents": 429,
    "unknown_prize": 404,
    "unknown_recall": 404,
    "recorded_before": 409,
    "benefit_already_used": 409,
    "recall_not_yet": 409,
    "member_already_enrolled": 409,
    "member_closed": 409,
    "clock_moved_back": 409,
    "conversion_already_settled": 409,
    "duplicate_reference": 409,
    "redemption_already_cancelled": 409,
    "idempotency_conflict": 409,
    "business_key_conflict": 409,
    "identity_in_use": 409,
    "quote_used": 409,
    "quote_expired": 409,
    "invalid_cursor": 400,
    "queue_full": 429,
    "shutting_down": 503,
    "database_busy": 503,
    "database_unavailable": 503,
    "alliance_not_connected": 503,
    "ledger_unreachable": 503,
    "outbox_full": 503,
    "rpc_unavailable": 503,
    "sealer_busy": 503,
    "draw_broken": 503,
    "broken_log": 503,
    "no_program_in_force": 503,
}
# Their messages quote the driver or rows: the client gets these words, the operator's log the kind and place.
WORDS_OF_CODE: Mapping[str, str] = {
    "database_busy": "The database is busy; nothing was written.",
    "database_unavailable": "The database does not answer; nothing was half-written.",
    "broken_log": "The sealed log contradicts the events; the operator must look at it.",
    "sealer_busy": "Another process seals the log.",
    "ledger_unreachable": "The alliance's ledger does not answer this node now; nothing is lost meanwhile.",
    "draw_broken": "The ledger's tickets are not those of the published list; the operator must look at it.",
}
DEFECTS = frozenset({"rows_rejected", "transaction_aborted", "job_broken", "conversion_broken"})
RETRY_AFTER_SECONDS = {429: 1, 503: 2}
RETRY_AFTER_OF_CODE = {"outbox_full": 300}
DEFAULT_REFUSAL = 422


class Problem(Exception):
    """A refusal ready to be sent. `errors` lists single fields: `{"field", "reason"}`; `chinese` is (detail, next step)
    where members or staff read it."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        next_step: str,
        errors: list[dict[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        chinese: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.next_step = next_step
        self.errors = errors
        self.chinese = chinese
        self.headers = dict(headers or {})
        if status in RETRY_AFTER_SECONDS:
            seconds = RETRY_AFTER_OF_CODE.get(code, RETRY_AFTER_SECONDS[status])
            self.headers.setdefault("Retry-After", str(seconds))

    def document(self, request_id: str | None, language: str = "en") -> dict[str, Any]:
        """The JSON object, in the language as far as there are words."""
        titles = TITLES_CHINESE if language == "zh" else TITLES
        detail, next_step = self.chinese if language == "zh" and self.chinese else (self.detail, self.next_step)
        body: dict[str, Any] = {
            "type": f"urn:points-alliance:problem:{self.code}",
            "title": titles.get(self.status, titles[500]),
            "status": self.status,
            "detail": detail,
            "code": self.code,
            "next_step": next_step,
        }
        if request_id is not None:
            body["instance"] = f"urn:uuid:{request_id}"
        if self.errors:
            body["errors"] = self.errors
        return body

    def encode(self, request_id: str | None, language: str = "en") -> bytes:
        """The JSON text."""
        return msgspec.json.encode(self.document(request_id, language))


def status_of(code: str) -> int:
    """The HTTP status of a refusal's code."""
    return STATUS_OF_CODE.get(code, DEFAULT_REFUSAL)


def problem_of_refusal(code: str, message: str, next_step: str, chinese: tuple[str, str] | None = None) -> Problem:
    """A refusal that was decided (and perhaps stored) by the ledger."""
    return Problem(status_of(code), code, message, next_step, chinese=chinese)


def problem_of_error(error: BaseException) -> Problem | None:
    """A typed error of the domain, the application or an adapter; None for a bug."""
    if isinstance(error, Problem):
        return error
    code, next_step = getattr(error, "code", None), getattr(error, "next_step", None)
    if not isinstance(code, str) or not isinstance(next_step, str):
        return None
    if code in DEFECTS:
        return None
    if code in WORDS_OF_CODE:
        return problem_of_refusal(code, WORDS_OF_CODE[code], next_step)
    chinese = getattr(error, "chinese", ""), getattr(error, "next_step_chinese", "")
    return problem_of_refusal(code, str(error), next_step, chinese if all(chinese) else None)


def internal_problem() -> Problem:
    """What a client sees of a bug: nothing but the id by which the operator finds it in the log."""
    return Problem(
        500,
        "internal_error",
        "The node met a condition it does not know. Nothing was half-written.",
        "Retry with the same Idempotency-Key; if it happens again, give the operator the instance id.",
    )


def malformed(detail: str, errors: list[dict[str, str]] | None = None) -> Problem:
    """400: the body, a header or a parameter can not be read."""
    return Problem(400, "malformed_request", detail, "Compare the request with /openapi.json.", errors)


def not_json() -> Problem:
    """400: the body is not JSON at all (NaN and Infinity are not JSON either)."""
    return Problem(400, "malformed_json", "The body is not valid JSON.", "Send one JSON object in UTF-8.")


def invalid_fields(errors: list[dict[str, str]]) -> Problem:
    """422: JSON, but fields are missing, unknown, of the wrong type or out of range."""
    names = ", ".join(sorted({error["field"] for error in errors}))
    return Problem(422, "invalid_fields", f"Not usable: {names}.", "Correct the fields that `errors` names.", errors)
