from collections.abc import AsyncIterator

import pytest_asyncio

from harness.admin import Admin, admin_api


@pytest_asyncio.fixture
async def admin(tmp_path) -> AsyncIterator[Admin]:
    async with admin_api(tmp_path) as running:
        yield running
