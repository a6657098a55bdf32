"""Recipes."""

from pathlib import Path

import pytest

from model_tools.errors import InvalidInputError
from model_tools.training.recipe import Recipe, load_recipe, recipe_names


def test_the_recipes_that_come_with_the_package() -> None:
    assert recipe_names() == ["accurate", "default", "fast", "multilingual"]


@pytest.mark.parametrize("name", recipe_names())
def test_a_recipe_loads_and_is_named_like_its_file(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name
    assert recipe.description
    assert set(recipe.as_dict()) == set(Recipe.__struct_fields__)


def test_fast_is_faster_than_default() -> None:
    fast, default = load_recipe("fast"), load_recipe("default")
    assert fast.epochs < default.epochs
    assert fast.min_steps < default.min_steps


@pytest.mark.parametrize("name", ["nix", "../default", ""])
def test_an_unknown_recipe_names_the_choices(name: str) -> None:
    with pytest.raises(InvalidInputError, match="accurate, default, fast, multilingual"):
        load_recipe(name)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("nix = 1", "nix"),
        ("epochs = 'many'", "epochs"),
        ("epochs = 0", "epochs"),
        ("overlap = 200", "overlap"),
        ("precision = 'fp8'", "precision"),
        ("[", "cannot be used"),
    ],
)
def test_a_faulty_recipe_file(tmp_path: Path, toy_recipe_file: Path, line: str, complaint: str) -> None:
    path = tmp_path / "mine.toml"
    key = line.split(" ", 1)[0] + " "
    kept = [other for other in toy_recipe_file.read_text().splitlines() if not other.startswith(key)]
    path.write_text("\n".join([*kept, line]))
    with pytest.raises(InvalidInputError, match=complaint):
        load_recipe(str(path))
