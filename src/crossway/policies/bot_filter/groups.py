"""Programs that say who they are, in groups: what their user agents have in them, in lower case.

These are names that the programs send unless they are told otherwise. A name is only here if no browser and no common
library of a programming language has it in its own.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


class Group(enum.StrEnum):
    """Programs of one kind."""

    SCANNERS = "scanners"
    """They look for holes and open doors: sqlmap, Nikto, Nuclei, zgrab, Nmap."""
    SCRAPERS = "scrapers"
    """They copy whole sites or harvest addresses: Scrapy, HTTrack, colly."""
    SEO_CRAWLERS = "seo_crawlers"
    """They measure sites for sellers of rankings: AhrefsBot, SemrushBot, MJ12bot."""
    AI_CRAWLERS = "ai_crawlers"
    """They collect texts for language models: GPTBot, ClaudeBot, CCBot, Bytespider."""
    SEARCH_ENGINES = "search_engines"
    """They make sites findable: Googlebot, bingbot, DuckDuckBot, Baiduspider, YandexBot."""


WORDS: Final[Mapping[Group, tuple[str, ...]]] = MappingProxyType(
    {
        Group.SCANNERS: (
            "acunetix",
            "arachni",
            "censysinspect",
            "commix",
            "dirbuster",
            "feroxbuster",
            "fimap",
            "fuzz faster u fool",
            "gobuster",
            "havij",
            "l9explore",
            "l9tcpid",
            "masscan",
            "morfeus",
            "nessus",
            "netsparker",
            "nikto",
            "nmap scripting engine",
            "nuclei",
            "openvas",
            "projectdiscovery",
            "sqlmap",
            "sqlninja",
            "w3af",
            "wfuzz",
            "whatweb",
            "wpscan",
            "zgrab",
            "zmeu",
        ),
        Group.SCRAPERS: (
            "colly",
            "emailcollector",
            "emailsiphon",
            "emailwolf",
            "extractorpro",
            "httrack",
            "offline explorer",
            "scrapy",
            "sitesucker",
            "teleport pro",
            "webcopier",
            "webreaper",
            "webripper",
            "webstripper",
            "webzip",
        ),
        Group.SEO_CRAWLERS: (
            "ahrefsbot",
            "barkrowler",
            "blexbot",
            "dataforseobot",
            "dotbot",
            "mj12bot",
            "rogerbot",
            "semrushbot",
            "serpstatbot",
            "siteauditbot",
        ),
        Group.AI_CRAWLERS: (
            "ai2bot",
            "amazonbot",
            "anthropic-ai",
            "bytespider",
            "ccbot",
            "chatgpt-user",
            "claudebot",
            "cohere-ai",
            "diffbot",
            "gptbot",
            "imagesiftbot",
            "meta-externalagent",
            "oai-searchbot",
            "omgili",
            "perplexitybot",
            "timpibot",
            "youbot",
        ),
        Group.SEARCH_ENGINES: (
            "applebot",
            "baiduspider",
            "bingbot",
            "coccocbot",
            "duckduckbot",
            "googlebot",
            "petalbot",
            "qwantbot",
            "seznambot",
            "sogou web spider",
            "yahoo! slurp",
            "yandexbot",
            "yeti/",
        ),
    }
)
