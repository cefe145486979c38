"""PyYAML's own patterns, which reading compiles late: they still work, and nobody else's are touched."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]


def test_python_readers_of_pyyaml_still_work() -> None:
    program = f"import re, sys; sys.path.insert(0, {str(ROOT)!r}); before = re.compile\n"
    program += "from deployer.formats.yaml import text; import yaml\n"
    program += "assert re.compile is before and isinstance(re.compile('a+b'), re.Pattern)\n"
    program += "assert type(yaml.reader.Reader.NON_PRINTABLE) is not re.Pattern\n"
    program += "print(yaml.load('{a: 2020-01-02, b: 1.5, c: 0o7, d: yes}', yaml.SafeLoader), text.parse('a: 1'))\n"
    program += "try: yaml.load('\\x01', yaml.SafeLoader)\nexcept yaml.reader.ReaderError: print('refused')\n"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    expected = "{'a': datetime.date(2020, 1, 2), 'b': 1.5, 'c': '0o7', 'd': True} ({'a': 1}, ())\nrefused\n"
    assert (done.stdout, done.stderr) == (expected, "")
