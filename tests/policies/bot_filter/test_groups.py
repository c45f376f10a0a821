import pytest

from crossway.policies.bot_filter.groups import WORDS, Group

BROWSERS_AND_LIBRARIES = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
    "curl/8.5.0",
    "Wget/1.21.4",
    "python-requests/2.32.3",
    "python-httpx/0.28.1",
    "Python/3.12 aiohttp/3.11.10",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "Apache-HttpClient/5.4 (Java/21)",
    "node",
    "axios/1.7.9",
    "grpc-go/1.69.0",
    "PostmanRuntime/7.43.0",
    "kube-probe/1.31",
    "Prometheus/3.0.1",
]


def test_every_group_has_words_in_lower_case_each_once():
    assert WORDS.keys() == set(Group)
    for words in WORDS.values():
        assert list(words) == sorted(set(words))
        assert all(word == word.lower() for word in words)
    assert len({word for words in WORDS.values() for word in words}) == sum(map(len, WORDS.values()))


@pytest.mark.parametrize("agent", BROWSERS_AND_LIBRARIES)
def test_no_group_means_a_browser_or_a_common_library(agent):
    assert [word for words in WORDS.values() for word in words if word in agent.lower()] == []
