"""What of a module travels."""

from __future__ import annotations

import textwrap

from bubbles.client.slicing import only_lambda, slice_module

PROGRAM = textwrap.dedent(
    '''
    from __future__ import annotations
    import json, pandas
    import sys
    import re as regex
    import bubbles

    LIMIT = int("60")
    TABLE = {}
    TABLE["a"] = 1
    UNUSED = open("/etc/passwd")

    try:
        import fast as codec
    except ImportError:
        codec = json

    def helper(text):
        sys = 1
        return regex.sub("a", "b", text)

    @bubbles.whatever
    def task(row):
        row["a"] = helper(row["a"]) * LIMIT + TABLE["a"]
        return codec.dumps(row)

    pipeline = bubbles.Pipeline()
    pipeline.add_task(task)
    pipeline.run()

    if __name__ == "__main__":
        task(None)
    '''
)


def sliced(*names: str) -> list[str]:
    text, _ = slice_module(PROGRAM, "program.py", set(names))
    return text.split("\n")


def test_what_a_function_names_comes_with_it_on_its_own_line() -> None:
    lines, whole = sliced("task"), PROGRAM.split("\n")
    kept = [number for number, line in enumerate(lines) if line]
    assert [whole[number] for number in kept if lines[number] != whole[number]] == ["import json, pandas"]
    text = "\n".join(lines)
    assert "import json\n" in text and "pandas" not in text
    for part in ("LIMIT =", "TABLE[", "import fast", "codec = json", "def helper", "import re as regex", "@bubbles"):
        assert part in text
    for part in ("UNUSED", "Pipeline", "run()", "__main__", "import sys"):
        assert part not in text


def test_nothing_more_than_that() -> None:
    assert [line for line in sliced("helper") if line][:2] == ["from __future__ import annotations", "import re as regex"]


def test_a_lambda_is_found_in_its_statement() -> None:
    assert only_lambda("pipeline.add_task(lambda row: f(row, {1: 2}), config=1)\n") == "lambda row: f(row, {1: 2})"
