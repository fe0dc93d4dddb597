"""What objects of arrays look like as tables: in a notebook, in pandas, row by row."""
