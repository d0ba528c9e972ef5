"""What a feed sends to its servers beside the address: method, headers, body and where its secret goes."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import StringConstraints, model_validator

from lakehouse.spec.model import StrictModel

SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]
HeaderText = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]*[!-~])?$")]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.~-]+$")]
# what the connector itself says: how bytes come, from where on, under which condition, and for whom
RESERVED = frozenset(
    "accept-encoding authorization connection content-encoding content-length expect host if-match if-modified-since "
    "if-none-match if-range if-unmodified-since proxy-authorization range te trailer transfer-encoding upgrade".split()
)


class Request(StrictModel):
    """What is sent: every request names the project and a contact, the setting `SMARTVEST_CONTACT`.

    `headers` go with every request to every declared host, so they hold nothing secret. `method: POST` sends `body` as
    it is written, in UTF-8; `headers` say its Content-Type. `secret: NAME` names the variable `SMARTVEST_SECRET_NAME`,
    sent to the origin of the declared address only: as a bearer token, or as it is in the header `secret_header` or
    the query parameter `secret_parameter`.
    """

    method: Literal["GET", "POST"] = "GET"
    headers: dict[HeaderName, HeaderText] = {}
    body: str | None = None
    secret: SecretName | None = None
    secret_header: HeaderName | None = None
    secret_parameter: ParameterName | None = None

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        names = [name.lower() for name in self.headers]
        if reserved := sorted(RESERVED.intersection(names)):
            raise ValueError(f"headers {reserved} are the connector's own; a key goes into `secret`")
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"headers are declared twice: {doubled}")
        if self.body is not None and (self.method != "POST" or "content-type" not in names):
            raise ValueError("a body needs method POST and its Content-Type in `headers`")
        return self

    @model_validator(mode="after")
    def _secret_has_one_place(self) -> Self:
        places = [place for place in (self.secret_header, self.secret_parameter) if place is not None]
        if len(places) > 1 or (places and self.secret is None):
            raise ValueError("secret_header or secret_parameter, not both, says where `secret` is sent")
        header = (self.secret_header or "").lower()
        if header in RESERVED - {"authorization"} or header in {name.lower() for name in self.headers}:
            raise ValueError(f"secret_header {self.secret_header} is another header already")
        return self
