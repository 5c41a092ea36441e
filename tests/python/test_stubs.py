"""The stubs name what there is, with its arguments; the examples pass a type checker."""

import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import adjoint
import pytest

PACKAGE = Path(adjoint.__file__).parent
EXAMPLES = Path(__file__).parents[2] / "python/examples"
STUBS = ast.parse((PACKAGE / "_adjoint.pyi").read_text())
BUILT_IN = set(dir(type("Empty", (), {}))) - {"__doc__"}


def described(function):
    """Arguments as pybind11 writes them into the first line of a docstring: (name, by position
    or not, has a default)."""
    line = function.__doc__.splitlines()[0]
    text = re.match(r"\w+\((.*)\) -> ", line)[1]
    text = re.sub(r": [\w.]+(\[[\w., ]+\])?", "", text)  # types
    arguments, by_position = [], True
    for part in filter(None, text.split(", ")):
        if part == "*":
            by_position = False
        else:
            name, *default = part.split(" = ")
            arguments.append((name, by_position, bool(default)))
    return [argument for argument in arguments if argument[0] != "self"]


def stubbed(function):
    positional, keyword = function.args.args, function.args.kwonlyargs
    first = len(positional) - len(function.args.defaults)
    arguments = [(a.arg, True, i >= first) for i, a in enumerate(positional)]
    arguments += [(a.arg, False, d is not None) for a, d in zip(keyword, function.args.kw_defaults)]
    return [argument for argument in arguments if argument[0] != "self"]


def is_property(function):
    return any(isinstance(d, ast.Name) and d.id == "property" for d in function.decorator_list)


def test_all_of_the_module_has_stubs():
    names = {node.name for node in STUBS.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    assert names | {"__version__"} == set(adjoint.__all__)
    for name in adjoint.__all__:
        assert hasattr(adjoint, name)
    assert (PACKAGE / "py.typed").is_file()


FUNCTIONS = [node for node in STUBS.body if isinstance(node, ast.FunctionDef)]
CLASSES = [node for node in STUBS.body if isinstance(node, ast.ClassDef)]


@pytest.mark.parametrize("stub", FUNCTIONS, ids=lambda node: node.name)
def test_functions_have_the_arguments_of_their_stubs(stub):
    assert described(getattr(adjoint, stub.name)) == stubbed(stub)


@pytest.mark.parametrize("stub", CLASSES, ids=lambda node: node.name)
def test_classes_have_the_members_of_their_stubs(stub):
    found = getattr(adjoint, stub.name)
    assert found.__module__ == "adjoint"
    members = {node.name: node for node in stub.body if isinstance(node, ast.FunctionDef)}
    own = {name for name in vars(found) if not name.startswith("_") or name == "__len__"}
    assert own == set(members)
    for name, member in members.items():
        if is_property(member):
            assert isinstance(inspect.getattr_static(found, name), property)
        elif name != "__len__":
            assert described(getattr(found, name)) == stubbed(member)


@pytest.mark.parametrize("name", sorted(set(adjoint.__all__) - {"__version__"}))
def test_everything_has_a_docstring(name):
    entry = getattr(adjoint, name)
    text = entry.__doc__ if inspect.isclass(entry) else entry.__doc__.partition("\n\n")[2]
    assert len(text) > 20


def type_check(*files):
    return subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", os.devnull, *map(str, files)],
        capture_output=True, text=True, env={**os.environ, "MYPYPATH": str(PACKAGE.parent)},
    )


def test_examples_pass_the_type_checker():
    pytest.importorskip("mypy")
    examples = sorted(map(str, EXAMPLES.glob("*.py")))
    assert len(examples) == 3
    done = type_check(*examples)
    assert done.returncode == 0, done.stdout


def test_the_type_checker_finds_mistakes(tmp_path):
    pytest.importorskip("mypy")
    (tmp_path / "wrong.py").write_text(
        "import adjoint\n"
        "model = adjoint.load(3)\n"
        "model.denoise([[0.5]], tta='yes')\n"
        "model.kernels\n"
        "adjoint.train('x.toml', on_epoch=lambda a, b: None)\n"
        "model.detect([[0.5]]).flags.sum()\n"
    )
    lines = type_check(tmp_path / "wrong.py").stdout.splitlines()[:-1]
    assert [int(line.split(":")[1]) for line in lines if "error" in line] == [2, 3, 4, 5, 5]
