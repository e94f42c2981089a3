"""PostgreSQL's text forms of whole columns (arrays) and of whole tables (COPY), each made in one go.

Owns the escaping. A group has thousands of values: one call each into the driver's adapters cost more than deciding.
"""

from collections.abc import Iterable, Sequence

from alliance_node.adapters.sql.row_shapes import Row

_COPY_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_ARRAY_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def plain_array(values: Iterable[str]) -> str:
    """An array of texts that need no quotes (UUIDs)."""
    return "{" + ",".join(values) + "}"


def int_array(values: Sequence[int]) -> str:
    """An array of whole numbers."""
    return "{" + str(list(values))[1:-1] + "}"


def text_array(values: Sequence[str]) -> str:
    """An array of any texts. Few have anything to escape: one look at all of them together finds out."""
    if not values:
        return "{}"
    joined = '","'.join(values)
    if "\\" in joined or joined.count('"') != 2 * (len(values) - 1):
        joined = '","'.join([value.translate(_ARRAY_ESCAPES) for value in values])
    return '{"' + joined + '"}'


def bytes_array(values: Sequence[bytes]) -> str:
    """An array of byte strings, in hexadecimal."""
    return '{"\\\\x' + '","\\\\x'.join([value.hex() for value in values]) + '"}' if values else "{}"


def copy_value(value: str | None) -> str:
    """A text as COPY reads it."""
    if value is None:
        return "\\N"
    if "\\" in value or "\n" in value or "\t" in value or "\r" in value:
        return value.translate(_COPY_ESCAPES)
    return value


def json_text(document: str) -> str:
    """A JSON document as COPY reads it: it holds no tabs and line ends as such, only their escapes."""
    return document.replace("\\", "\\\\") if "\\" in document else document


def _number(value: int | None) -> str:
    return "\\N" if value is None else str(value)


def copy_events(rows: Iterable[Row]) -> str:
    """Rows of `WriteSet.events`."""
    text = copy_value
    return "".join(
        [
            f"{member}\t{version}\t{kind}\t{at}\t{got}\t{text(src)}\t{text(name)}\t{_number(earlier)}"
            f"\t{json_text(payload)}\t\\\\x{digest.hex()}\n"
            for member, version, kind, at, got, src, name, earlier, payload, digest in rows
        ]
    )


def copy_lots(rows: Iterable[Row]) -> str:
    """Rows of `WriteSet.new_lots`; kinds are words of the ledger, which need no escapes."""
    return "".join(["%s\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t%s\t%d\n" % row for row in rows])  # noqa: UP031 - whole rows


def copy_entries(rows: Iterable[Row]) -> str:
    """Rows of `WriteSet.entries`; accounts are words of the ledger."""
    return "".join(
        [f"{member}\t{version}\t{leg}\t{account}\t{amount}\n" for member, version, leg, account, amount in rows]
    )


def copy_answers(rows: Iterable[Row]) -> str:
    """Rows of `WriteSet.answers`."""
    text = copy_value
    return "".join(
        [
            f"{text(client)}\t{text(key)}\t\\\\x{digest.hex()}\t{code}\t{text(body)}\t{text(member)}\t{_number(version)}"
            f"\t{events}\t{created}\n"
            for client, key, digest, code, body, member, version, events, created in rows
        ]
    )
