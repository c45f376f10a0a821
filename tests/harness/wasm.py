"""Modules of WebAssembly, in the ABI of Proxy-Wasm 0.2.1, assembled from their text.

https://github.com/proxy-wasm/spec/tree/main/abi-versions/v0.2.1
"""

import asyncio
import base64
from typing import Final, Self

from wasmtime import wat2wasm

FRAME: Final = """(module
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_buffer_bytes" (func $buffer (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_header_map_value" (func $header (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_send_local_response" (func $answer (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_get" (func $environment (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "x-wasm")
  (data (i32.const 16) "x-trap")
  (data (i32.const 32) "%(word)s")
  ;; What a value is, and how long: the host says so at 256 and 260.
  (global $at (mut i32) (i32.const 32))
  (global $size (mut i32) (i32.const %(size)d))
  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 1024))
  (func (export "proxy_on_vm_start") (param i32 i32) (result i32) (i32.const 1))
  (func (export "proxy_on_context_create") (param i32 i32))
  (func (export "proxy_on_configure") (param $context i32) (param $length i32) (result i32) %(configure)s)
  ;; Add x-wasm to the request (0) or the answer (2).
  (func $mark (param $map i32)
    (drop (call $add (local.get $map) (i32.const 0) (i32.const 6) (global.get $at) (global.get $size))))
  (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) %(request)s)
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) %(response)s)
)"""
CONTINUE: Final = "(i32.const 0)"
MARK_REQUEST: Final = "(call $mark (i32.const 0)) (i32.const 0)"


def assembled(
    request: str = MARK_REQUEST, response: str = CONTINUE, *, word: str = "marked", configure: str = "(i32.const 1)"
) -> bytes:
    """Return a module that does this at the headers of a request and of an answer, and when it is configured.

    *word* is what it writes into `x-wasm`.
    """
    text = FRAME % {
        "word": word,
        "size": len(word),
        "configure": configure,
        "request": request,
        "response": response,
    }
    return bytes(wat2wasm(text))


def marking(word: str = "marked") -> bytes:
    """Return a module that writes *word* into `x-wasm` of requests and of answers."""
    return assembled(MARK_REQUEST, "(call $mark (i32.const 2)) (i32.const 0)", word=word)


def refusing() -> bytes:
    """Return a module that answers every request with 403."""
    nothing = " (i32.const 0)" * 6
    return assembled(f"(drop (call $answer (i32.const 403){nothing} (i32.const -1))) (i32.const 1)")


def trapping() -> bytes:
    """Return a module that traps at a request with `x-trap`, and writes into `x-wasm` of all others."""
    arguments = "(i32.const 0) (i32.const 16) (i32.const 6) (i32.const 256) (i32.const 260)"
    return assembled(f"(if (i32.eqz (call $header {arguments})) (then unreachable)) {MARK_REQUEST}")


def repeating() -> bytes:
    """Return a module that writes its configuration into `x-wasm`."""
    read = "(call $buffer (i32.const 7) (i32.const 0) (local.get $length) (i32.const 256) (i32.const 260))"
    keep = "(global.set $at (i32.load (i32.const 256))) (global.set $size (i32.load (i32.const 260)))"
    return assembled(configure=f"(drop {read}) {keep} (i32.const 1)")


def telling() -> bytes:
    """Return a module that writes the first variable of its environment into `x-wasm`: `NAME=value`, and a NUL."""
    read = (
        "(drop (call $sizes (i32.const 256) (i32.const 260)))"
        " (drop (call $environment (i32.const 512) (i32.const 640)))"
    )
    keep = "(global.set $at (i32.const 640)) (global.set $size (i32.sub (i32.load (i32.const 260)) (i32.const 1)))"
    return assembled(configure=f"{read} {keep} (i32.const 1)")


def unwilling() -> bytes:
    """Return a module that refuses its configuration."""
    return assembled(configure="(i32.const 0)")


def inline(module: bytes) -> str:
    """Return *module* as it stands in a configuration."""
    return base64.b64encode(module).decode()


class Shelf:
    """A website with `files`, by their paths; everything else is 404. It counts how often it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        content = self.files.get(head.split()[1].decode())
        status = b"404 Not Found" if content is None else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\nconnection: close\r\n\r\n" + (content or b""))
        writer.close()
