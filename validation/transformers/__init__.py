"""Networks of attention on texts, section 7 of the paper."""
