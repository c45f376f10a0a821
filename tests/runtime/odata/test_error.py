"""Errors in OData's own format."""

import json

from crossway.runtime.odata.error import bad, unsupported


def test_an_error_is_told_as_odata_says() -> None:
    response = bad("syntax", "It cannot be read.", "$filter").response("4.0")
    assert response.status == 400
    assert response.headers["odata-version"] == "4.0"
    assert response.headers["content-type"].startswith("application/json")
    told = {"code": "odata.syntax", "message": "It cannot be read.", "target": "$filter"}
    assert json.loads(response.body) == {"error": told}
    assert unsupported("No.").status == 501
