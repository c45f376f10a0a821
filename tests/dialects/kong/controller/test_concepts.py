from crossway.dialects.kong.controller.concepts import CONCEPTS, READERS


def test_every_kind_is_of_the_group_of_kong_and_others_are_read_beside():
    assert all(concept.kind.startswith("configuration.konghq.com/Kong") for concept in CONCEPTS)
    assert set(READERS) == {"networking.k8s.io/Ingress", "extensions/Ingress", "/Service"}
