"""`typed`: beartype for the tests that check shapes and types; an int is a float too."""

from beartype import BeartypeConf, beartype

typed = beartype(conf=BeartypeConf(is_pep484_tower=True))
