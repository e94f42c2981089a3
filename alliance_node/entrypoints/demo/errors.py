"""Base of what can keep the demo from running: each says who, what, why and what to do next. Holds no logic."""


class DemoError(RuntimeError):
    """The environment keeps the demo from going on; nothing of the product is wrong by that alone. Exit code 3."""

    code = "demo_error"
    next_step = "Look into the logs in the demo's directory."
