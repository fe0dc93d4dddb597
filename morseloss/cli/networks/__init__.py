"""The parts of `morseloss network`: one a module, and the recipe that trains."""
