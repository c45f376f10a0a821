from datetime import timedelta

import pytest
from pydantic import ValidationError

from crossway.model.upload import Upload


def test_a_size_alone_is_that_of_the_largest_upload():
    spec = Upload.model_validate("6GiB")
    assert (spec.max_size, spec.lifetime) == (6 * 2**30, timedelta(days=1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_size": "2000000GB"},
        {"max_size": 0},
        {"max_uploads": 0},
        {"directory": "uploads"},
        {"path": "store"},
        {"protocols": []},
        {"protocols": ["http"]},
        {"lifetime": "1s"},
        {"pieces": "1B"},
        {"pieces": {"checksum": "md5"}},
        {"headers": {"x": "a\r\nb"}},
    ],
)
def test_what_means_nothing_is_refused(wrong: object):
    with pytest.raises(ValidationError):
        Upload.model_validate(wrong)
