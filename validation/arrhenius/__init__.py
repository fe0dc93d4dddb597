"""Claims on the Arrhenius law: bars read off a spectrum."""
