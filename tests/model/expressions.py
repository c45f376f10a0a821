"""Expressions, drawn at random."""

from hypothesis import strategies as st

NAMES = st.sampled_from(["steps", "one", "two", "many", "body", "status", "x", "item", "query"])
LEAVES = NAMES | st.sampled_from(["@", "`1`", "'x'", "steps.one.body", "steps.two", "steps.many", "steps.many[].body"])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, NAMES).map(".".join),
        st.builds("{}[]".format, inner),
        st.builds("{}[*].{}".format, inner, NAMES),
        st.builds("{}[0]".format, inner),
        st.builds("{}[?{}]".format, inner, inner),
        st.builds("{}.*".format, inner),
        st.builds("({} | {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} == {})".format, inner, inner),
        st.builds("!{}".format, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{a: {}, b: {}}}".format, inner, inner),
        st.builds("not_null({}, {})".format, inner, inner),
        st.builds("map(&{}, to_array({}))".format, inner, inner),
        st.builds("to_string({})".format, inner),
    )


TEXTS = st.recursive(LEAVES, _larger, max_leaves=6)
