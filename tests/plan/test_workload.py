from plan.planning import pipeline


def test_there_is_no_mesh_to_enforce_it():
    made = pipeline("workloads: {web: {labels: {app: web}, policies: {authorize: {deny: [{paths: [/*]}]}}}}\n")
    assert [(finding.code, str(finding.about)) for finding in made.findings()] == [
        ("mesh.not_in_force", "workloads.web")
    ]
