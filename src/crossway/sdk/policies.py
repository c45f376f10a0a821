"""The policies as functions: ``rate_limit("100/minute", by="client_ip")`` is the ``rate_limit`` of a YAML file.

What stands in `policies.pyi` is for editors and type checkers, and is written by `make docs` out of the policies
themselves. A policy of another package, which has no function here, is ``policy("name", ...)``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from crossway.sdk._known import POLICIES
from crossway.sdk.declared import Attached, Plain, here, plain


def policy(name: str, /, *value: object, **settings: object) -> Attached:
    """Return the policy *name* with these settings.

    One *value* alone is its short form. Beside other settings, it is that of the field that the short form stands for.
    """
    if len(value) > 1:
        raise TypeError(f"{name}() takes one value without a name, and {len(value)} were given")
    if not value:
        return Attached(name, plain(settings), here())
    if not settings:
        return Attached(name, plain(value[0]), here())
    field = POLICIES.get(name)
    if not field:
        raise TypeError(f"{name}() takes no value without a name beside its settings")
    if field in settings:
        raise TypeError(f"{name}() is given {field!r} twice")
    all_of_them: Plain = {field: plain(value[0]), **{key: plain(item) for key, item in settings.items()}}
    return Attached(name, all_of_them, here())


def __getattr__(name: str) -> Callable[..., Attached]:
    if name in POLICIES:
        return partial(policy, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return ["policy", *POLICIES]
