"""QR pictures of receiving codes, as SVG that needs no script, style or request of its own."""

import segno

_SCALE = 5


def code_picture(code: str) -> str:
    """An `<svg>` element with the code's text; error correction M, so up to 15 % of it may be dirty."""
    return str(segno.make(code, error="m", micro=False).svg_inline(scale=_SCALE, omitsize=False, svgclass="code"))
