"""The rules of self-guided tours: dataclasses and pure functions, standard library only, `now` always an argument."""
