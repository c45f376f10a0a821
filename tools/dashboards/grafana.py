"""Grafana's form of a dashboard (its JSON model, schema version 39)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tools.dashboards import names
from tools.dashboards.panels import Panel, Row

WIDTH: Final = 24
"""Columns of Grafana's grid."""
PANEL_WIDTH: Final = 8
PANEL_HEIGHT: Final = 8

_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_EVERY: Final = {"selected": True, "text": "All", "value": "$__all"}

Json = dict[str, object]


def dashboard(rows: Iterable[Row]) -> Json:
    """Return the dashboard as Grafana imports it."""
    return {
        "uid": "crossway",
        "title": "Crossway",
        "tags": ["crossway"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus", "label": "Data source"},
                _variable("instance", f"label_values({names.LIVE}, instance)"),
                _variable("route", f"label_values({names.REQUESTS}, route)"),
                _variable("service", f"label_values({names.ENDPOINTS}, envoy_cluster_name)"),
            ]
        },
        "panels": list(_panels(rows)),
    }


def _variable(name: str, query: str) -> Json:
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": _SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": _EVERY,
    }


def _panels(rows: Iterable[Row]) -> Iterator[Json]:
    number, top = 0, 0
    for row in rows:
        number += 1
        place = {"x": 0, "y": top, "w": WIDTH, "h": 1}
        yield {"id": number, "type": "row", "title": row.title, "collapsed": False, "gridPos": place, "panels": []}
        top += 1
        for index, panel in enumerate(row.panels):
            number += 1
            down, across = divmod(index, WIDTH // PANEL_WIDTH)
            place = {
                "x": across * PANEL_WIDTH,
                "y": top + down * PANEL_HEIGHT,
                "w": PANEL_WIDTH,
                "h": PANEL_HEIGHT,
            }
            yield _panel(number, panel, place)
        top += -(-len(row.panels) // (WIDTH // PANEL_WIDTH)) * PANEL_HEIGHT


def _panel(number: int, panel: Panel, place: dict[str, int]) -> Json:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.about,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _SOURCE,
                "expr": query.expression,
                "legendFormat": query.legend,
            }
            for index, query in enumerate(panel.queries)
        ],
    }
