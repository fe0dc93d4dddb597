"""What each operation of torch leaves of the freedom of the units that go through it."""
