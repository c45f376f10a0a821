from crossway.dialects.istio.virtual_service import VirtualService, destinations


def test_every_destination_is_found():
    service = VirtualService.model_validate(
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "a"},
            "spec": {
                "http": [
                    {
                        "route": [{"destination": {"host": "a"}}],
                        "mirror": {"host": "b"},
                        "mirrors": [{"destination": {"host": "c"}}],
                    }
                ],
                "tls": [{"route": [{"destination": {"host": "d"}}]}],
                "tcp": [{"route": [{"destination": {"host": "e"}}]}],
            },
        }
    )
    assert {destination.host for destination in destinations(service)} == set("abcde")
