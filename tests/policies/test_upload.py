from crossway.compile.contract import Fragment, Site
from crossway.model import Ref
from crossway.model.upload import Upload
from crossway.policies.upload import compile_upload


def test_the_step_has_the_settings_as_they_were_written():
    fragment = compile_upload(Upload.model_validate({"pieces": "8MiB"}), Site(Ref("routes", "files"), "default"))
    assert isinstance(fragment, Fragment)
    [step] = fragment.steps
    assert (step.kind, bytes(step.settings)) == ("upload", b'{"pieces":{"size":8388608}}')
