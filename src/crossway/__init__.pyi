# Written by `make docs`. Edit the code of the policies instead.
"""Crossway: one control plane for the API gateway and the service mesh, with Envoy as its proxy."""

from collections.abc import Mapping

from crossway.sdk.app import Crossway as Crossway
from crossway.sdk.context import Context as Context
from crossway.sdk.context import current as current
from crossway.sdk.http import Headers as Headers
from crossway.sdk.http import Request as Request
from crossway.sdk.http import Response as Response
from crossway.sdk.plugin import Head as Head
from crossway.sdk.plugin import Next as Next
from crossway.sdk.plugin import Plugin as Plugin
from crossway.sdk.plugin import plugin as plugin
from crossway.sdk.policies import access_log as access_log
from crossway.sdk.policies import api_key as api_key
from crossway.sdk.policies import app as app
from crossway.sdk.policies import authentication as authentication
from crossway.sdk.policies import authorize as authorize
from crossway.sdk.policies import bandwidth_limit as bandwidth_limit
from crossway.sdk.policies import basic_auth as basic_auth
from crossway.sdk.policies import bot_filter as bot_filter
from crossway.sdk.policies import cache as cache
from crossway.sdk.policies import circuit_breaker as circuit_breaker
from crossway.sdk.policies import client_ip as client_ip
from crossway.sdk.policies import compose as compose
from crossway.sdk.policies import compression as compression
from crossway.sdk.policies import concurrency_limit as concurrency_limit
from crossway.sdk.policies import connection as connection
from crossway.sdk.policies import connection_limit as connection_limit
from crossway.sdk.policies import correlation_id as correlation_id
from crossway.sdk.policies import cors as cors
from crossway.sdk.policies import csrf as csrf
from crossway.sdk.policies import decompression as decompression
from crossway.sdk.policies import envoy_patch as envoy_patch
from crossway.sdk.policies import error_pages as error_pages
from crossway.sdk.policies import ext_authz as ext_authz
from crossway.sdk.policies import fault as fault
from crossway.sdk.policies import grpc_json as grpc_json
from crossway.sdk.policies import grpc_web as grpc_web
from crossway.sdk.policies import headers as headers
from crossway.sdk.policies import health_check as health_check
from crossway.sdk.policies import hedge as hedge
from crossway.sdk.policies import hmac_signature as hmac_signature
from crossway.sdk.policies import ip_filter as ip_filter
from crossway.sdk.policies import jwt as jwt
from crossway.sdk.policies import ldap as ldap
from crossway.sdk.policies import limits as limits
from crossway.sdk.policies import load_balancing as load_balancing
from crossway.sdk.policies import metrics as metrics
from crossway.sdk.policies import mirror as mirror
from crossway.sdk.policies import mtls as mtls
from crossway.sdk.policies import oauth2 as oauth2
from crossway.sdk.policies import oauth2_server as oauth2_server
from crossway.sdk.policies import oidc as oidc
from crossway.sdk.policies import outlier_detection as outlier_detection
from crossway.sdk.policies import paths as paths
from crossway.sdk.policies import plugins as plugins
from crossway.sdk.policies import policy as policy
from crossway.sdk.policies import quota as quota
from crossway.sdk.policies import rate_limit as rate_limit
from crossway.sdk.policies import request_limit as request_limit
from crossway.sdk.policies import retry as retry
from crossway.sdk.policies import rewrite as rewrite
from crossway.sdk.policies import security_headers as security_headers
from crossway.sdk.policies import session_affinity as session_affinity
from crossway.sdk.policies import static_files as static_files
from crossway.sdk.policies import timeout as timeout
from crossway.sdk.policies import trace_sampling as trace_sampling
from crossway.sdk.policies import tracing as tracing
from crossway.sdk.policies import transform as transform
from crossway.sdk.policies import wasm as wasm
from crossway.sdk.policies import websocket as websocket
from crossway.sdk.service import Service as Service
from crossway.sdk.websocket import WebSocket as WebSocket
from crossway.sdk.websocket import WebSocketClosed as WebSocketClosed

__version__: str
EXPORTS: Mapping[str, str]
