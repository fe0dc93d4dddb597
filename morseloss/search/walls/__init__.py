"""Critical points of a landscape on a box, those on its walls included."""
